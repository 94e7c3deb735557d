import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import { readFormerNames, type FormerName } from "./aliases";
import { hashAssets } from "./assets";
import { fromStruct, unspoken } from "./rpc";
import type { ResourceState } from "./state";
import { readTimeouts } from "./timeouts";
import { isProviderType, packageOf } from "./urn";
import { withoutOutputs, type Properties } from "./values";

/** What the program wants a resource to be. */
export interface Goal {
  type: string;
  name: string;
  custom: boolean;
  parent: string;
  inputs: Properties;
  dependencies: string[];
  propertyDependencies: Record<string, string[]>;
  /** `<urn>::<id>`; empty for components and providers. */
  provider: string;
  /** Provider references by package, for the children of a component. */
  providers: Record<string, string>;
  protect?: boolean;
  retainOnDelete?: boolean;
  deletedWith: string;
  /** Undefined leaves the order of a replacement to the provider. */
  deleteBeforeReplace?: boolean;
  ignoreChanges: string[];
  replaceOnChanges: string[];
  additionalSecretOutputs: string[];
  /** Seconds by operation. */
  customTimeouts?: Record<string, number>;
  aliases: FormerName[];
  hooks?: Record<string, string[]>;
  sourcePosition: string;
  version: string;
}

/** Features of a registration that the engine does not speak, by what asks for them. */
function refuseUnspoken(request: RegisterResourceRequest): void {
  const asked: [string, boolean][] = [
    ["import", request.getImportid() !== ""],
    ["remote components", request.getRemote()],
    ["transforms", request.getTransformsList().length > 0],
    ["parameterized packages", request.getPackageref() !== ""],
    ["replaceWith", request.getReplaceWithList().length > 0],
    [
      "replacementTrigger",
      request.hasReplacementTrigger() && request.getReplacementTrigger()?.hasNullValue() !== true,
    ],
    ["envVarMappings", request.getEnvvarmappingsMap().getLength() > 0],
    ["error hooks", (request.getHooks()?.getOnErrorList() ?? []).length > 0],
    ["dynamic providers", request.getType().startsWith("pulumi-nodejs:")],
  ];
  for (const [feature, used] of asked) if (used) throw unspoken(feature);
}

/**
 * Reads a registration.
 * @param folder what relative paths of assets are relative to
 * @param root the project's folder, in whose terms source positions are kept
 * @throws Error that names the feature when the request asks for one that is not spoken
 */
export function readGoal(request: RegisterResourceRequest, folder: string, root: string): Goal {
  refuseUnspoken(request);
  const inputs = hashAssets(withoutOutputs<Properties>(fromStruct(request.getObject())), folder);
  const custom = request.getCustom();
  const propertyDependencies: Record<string, string[]> = {};
  for (const [key, value] of request.getPropertydependenciesMap().entries() as Iterable<
    [string, { getUrnsList(): string[] }]
  >) {
    propertyDependencies[key] = value.getUrnsList();
  }
  const providers: Record<string, string> = {};
  for (const [pkg, ref] of request.getProvidersMap().entries() as Iterable<[string, string]>)
    providers[pkg] = ref;
  const decided = request.getDeletebeforereplacedefined() || request.getDeletebeforereplace();
  return {
    type: request.getType(),
    name: request.getName(),
    custom,
    parent: request.getParent(),
    inputs,
    dependencies: request.getDependenciesList(),
    propertyDependencies,
    provider: custom && isProviderType(request.getType()) ? "" : request.getProvider(),
    providers,
    protect: request.hasProtect() ? request.getProtect() : undefined,
    retainOnDelete: request.hasRetainondelete() ? request.getRetainondelete() : undefined,
    deletedWith: request.getDeletedwith(),
    deleteBeforeReplace: decided ? request.getDeletebeforereplace() : undefined,
    ignoreChanges: request.getIgnorechangesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    customTimeouts: readTimeouts(request),
    aliases: readFormerNames(request),
    hooks: hooksOf(request),
    sourcePosition: positionOf(request, root),
    version: request.getVersion(),
  };
}

function hooksOf(request: RegisterResourceRequest): Record<string, string[]> | undefined {
  const binding = request.getHooks();
  if (!binding) return undefined;
  const hooks = {
    BeforeCreate: binding.getBeforeCreateList(),
    AfterCreate: binding.getAfterCreateList(),
    BeforeUpdate: binding.getBeforeUpdateList(),
    AfterUpdate: binding.getAfterUpdateList(),
    BeforeDelete: binding.getBeforeDeleteList(),
    AfterDelete: binding.getAfterDeleteList(),
  };
  const used = Object.entries(hooks).filter(([, names]) => names.length > 0);
  return used.length === 0 ? undefined : Object.fromEntries(used);
}

/** By the URI of a source, its place in the project: a program has few sources, and each makes many resources. */
const places = new Map<string, string>();

/** `project:///index.ts#12,5`: where the program made the resource, without naming this machine's folders. */
function positionOf(request: RegisterResourceRequest, root: string): string {
  const position = request.getSourceposition();
  const uri = position?.getUri() ?? "";
  if (!position || !uri.startsWith("file:///")) return "";
  const column = position.getColumn() > 0 ? `,${position.getColumn()}` : "";
  const key = `${root}\0${uri}`;
  let place = places.get(key);
  if (place === undefined) places.set(key, (place = relative(root, fileURLToPath(uri))));
  return `project:///${place}#${position.getLine()}${column}`;
}

/** What a child takes over from its parent when it says nothing itself. */
export function inherit(goal: Goal, parent: Goal | undefined): void {
  if (!parent) return;
  goal.protect ??= parent.protect;
  goal.retainOnDelete ??= parent.retainOnDelete;
  goal.deletedWith ||= parent.deletedWith;
  if (!goal.custom) goal.providers = { ...parent.providers, ...goal.providers };
  else if (!isProviderType(goal.type)) {
    const pkg = packageOf(goal.type);
    const same = parent.custom && packageOf(parent.type) === pkg ? parent.provider : "";
    goal.provider ||= goal.providers[pkg] ?? (same || (parent.providers[pkg] ?? ""));
  }
}

/** The record with which a step starts; id, outputs and times come as it goes. */
export function newState(goal: Goal, urn: string, old: ResourceState | undefined): ResourceState {
  const optional = <T extends unknown[]>(list: T) => (list.length > 0 ? list : undefined);
  return {
    urn,
    custom: goal.custom,
    type: goal.type,
    inputs: goal.inputs,
    outputs: {},
    parent: goal.parent || undefined,
    protect: goal.protect || undefined,
    dependencies: optional(goal.dependencies),
    provider: goal.provider || undefined,
    propertyDependencies: goal.propertyDependencies,
    additionalSecretOutputs: optional(goal.additionalSecretOutputs),
    aliases: old && old.urn !== urn ? [old.urn] : undefined,
    customTimeouts: goal.customTimeouts,
    retainOnDelete: goal.retainOnDelete || undefined,
    deletedWith: goal.deletedWith || undefined,
    created: old?.created,
    modified: old?.modified,
    sourcePosition: goal.sourcePosition || undefined,
    ignoreChanges: optional(goal.ignoreChanges),
    replaceOnChanges: optional(goal.replaceOnChanges),
    resourceHooks: goal.hooks,
  };
}
