import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { Crypter, decryptValue, encryptValue } from "./secrets";
import { makeUrn, parseUrn, STACK_TYPE } from "./urn";
import type { Properties, Value } from "./values";

/** One resource as Pulumi's deployment format keeps it; field names are the format's. */
export interface ResourceState {
  urn: string;
  custom: boolean;
  /** Replaced by a newer resource of the same URN; waits for its deletion. */
  delete?: boolean;
  id?: string;
  type: string;
  inputs: Properties;
  outputs: Properties;
  parent?: string;
  protect?: boolean;
  external?: boolean;
  dependencies?: string[];
  initErrors?: string[];
  /** `<urn>::<id>` of the provider resource that manages it. */
  provider?: string;
  propertyDependencies?: Record<string, string[]>;
  /** Deleted before its replacement was created; stays until that succeeds. */
  pendingReplacement?: boolean;
  additionalSecretOutputs?: string[];
  aliases?: string[];
  customTimeouts?: Record<string, number>;
  retainOnDelete?: boolean;
  deletedWith?: string;
  created?: string;
  modified?: string;
  sourcePosition?: string;
  ignoreChanges?: string[];
  replaceOnChanges?: string[];
  resourceHooks?: Record<string, string[]>;
}

export type OperationType = "creating" | "updating" | "deleting";

/** A change that was begun and whose end was not yet recorded. */
export interface Operation {
  resource: ResourceState;
  type: OperationType;
}

/** Everything that is known of a stack. Resources come after those that they depend on. */
export interface Snapshot {
  resources: ResourceState[];
  operations: Operation[];
}

/** The SDK release whose protocol the engine speaks: the CLI notes its own release here, and shows it. */
const VERSION = "3.248.0";

/** What a state of version 4 may declare to need; version 3 is for states that need none of it. */
const FEATURES = ["hooks"];

interface Untyped {
  version?: unknown;
  features?: string[];
  deployment?: {
    secrets_providers?: { type?: string; state?: { salt?: string } };
    resources?: ResourceState[];
    pending_operations?: Operation[];
  };
}

/** A state file before its secrets are opened. */
export interface StateFile {
  salt?: string;
  open(crypter: Crypter): Snapshot;
}

/**
 * Reads a state file and checks that it is one of this project and stack. The file is never changed here.
 * @returns undefined when there is none yet
 * @throws Error when it is not JSON, of another version, or of another project or stack
 */
export function readState(file: string, project: string, stack: string): StateFile | undefined {
  if (!existsSync(file)) return undefined;
  const kept = "the file was left as it is; restore it from a copy, or move it away to start anew";
  let parsed: Untyped;
  try {
    parsed = JSON.parse(readFileSync(file, "utf8")) as Untyped;
  } catch (error) {
    throw new Error(`state ${file}: want JSON, got ${(error as Error).message}; ${kept}`, { cause: error });
  }
  if (
    typeof parsed !== "object" ||
    parsed === null ||
    ![3, 4].includes(parsed.version as number) ||
    !parsed.deployment
  ) {
    const got = JSON.stringify(parsed?.version);
    throw new Error(`state ${file}: want a Pulumi deployment of version 3 or 4, got version ${got}; ${kept}`);
  }
  const unknown = (parsed.features ?? []).filter((feature) => !FEATURES.includes(feature));
  if (unknown.length > 0) {
    throw new Error(
      `state ${file}: features: want ${FEATURES.join(", ")}, got ${unknown.join(", ")}; ${kept}`,
    );
  }
  const { secrets_providers, resources = [], pending_operations = [] } = parsed.deployment;
  const urns = [...resources, ...pending_operations.map((operation) => operation.resource)].map(
    ({ urn }) => urn,
  );
  // Resources that came from another project or stack, for aliases to take over, are beside this one's root.
  const root = makeUrn(stack, project, "", STACK_TYPE, `${project}-${stack}`);
  for (const owner of urns.includes(root) ? [] : urns.map(parseUrn)) {
    if (owner.project !== project || owner.stack !== stack) {
      throw new Error(
        `state ${file}: want resources of ${project}/${stack}, got ${owner.project}/${owner.stack}; ${kept}`,
      );
    }
  }
  if (secrets_providers?.type !== undefined && secrets_providers.type !== "passphrase") {
    throw new Error(
      `state ${file}: secrets_providers: want passphrase, got ${secrets_providers.type}; ${kept}`,
    );
  }
  return {
    salt: secrets_providers?.state?.salt,
    open: (crypter) => ({
      resources: resources.map((resource) => decryptResource(resource, crypter)),
      operations: pending_operations.map(({ resource, type }) => ({
        resource: decryptResource(resource, crypter),
        type,
      })),
    }),
  };
}

/** The text of a state file, as `pulumi stack export` prints it. */
export function renderState(snapshot: Snapshot, crypter: Crypter): string {
  const hooked = snapshot.resources.some((resource) => resource.resourceHooks !== undefined);
  const resources = snapshot.resources.map((resource) => recordText(resource, crypter));
  const operations = snapshot.operations.map(({ resource, type }) =>
    objectText({ resource: recordText(resource, crypter), type: textOf(type) }),
  );
  const deployment = objectText({
    manifest: textOf({
      time: new Date().toISOString(),
      magic: createHash("sha256").update(VERSION).digest("hex"),
      version: VERSION,
    }),
    secrets_providers: textOf({ type: "passphrase", state: { salt: crypter.salt } }),
    resources: `[${resources.join(",\n")}]`,
    pending_operations: `[${operations.join(",\n")}]`,
    metadata: textOf({}),
  });
  const features: Record<string, string> = hooked ? { features: textOf(FEATURES) } : {};
  return `${objectText({ version: textOf(hooked ? 4 : 3), ...features, deployment })}\n`;
}

const textOf = (value: unknown) => JSON.stringify(value, undefined, 1);

/** An object of JSON whose values are texts already. */
function objectText(texts: Record<string, string>): string {
  const members = Object.entries(texts).map(([key, text]) => `${JSON.stringify(key)}: ${text}`);
  return `{\n${members.join(",\n")}\n}`;
}

/** Records as they were when they were last written, and the text that this gave. */
const written = new WeakMap<ResourceState, { record: ResourceState; crypter: Crypter; text: string }>();

/**
 * A record's text. Of the hundreds of records in a state all but one or two are at every write what they were at the last:
 * the values in a record are replaced and never changed, so looking whether they are the same ones is enough.
 */
function recordText(resource: ResourceState, crypter: Crypter): string {
  const last = written.get(resource);
  if (last?.crypter === crypter && sameValues(last.record, resource)) return last.text;
  const text = textOf(encryptResource(resource, crypter));
  written.set(resource, { record: { ...resource }, crypter, text });
  return text;
}

function sameValues(a: ResourceState, b: ResourceState): boolean {
  const keys = Object.keys(a) as (keyof ResourceState)[];
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

/** Replaces a file as a whole: whoever reads it sees the old text or the new, also after a power cut. */
export async function writeAtomically(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const aside = `${file}.${process.pid}.new`;
  await writeFile(aside, text, { mode: 0o600, flush: true });
  await rename(aside, file);
}

/** The order of the format's own fields; those that are empty are left out, as the CLI does. */
const FIELDS = [
  ...["urn", "custom", "delete", "id", "type", "inputs", "outputs", "parent", "protect", "external"],
  ...["dependencies", "initErrors", "provider", "propertyDependencies", "pendingReplacement"],
  ...["additionalSecretOutputs", "aliases", "customTimeouts", "retainOnDelete", "deletedWith", "created"],
  ...["modified", "sourcePosition", "ignoreChanges", "replaceOnChanges", "resourceHooks"],
] as const;

function encryptResource(resource: ResourceState, crypter: Crypter): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const field of new Set([...FIELDS, ...Object.keys(resource)])) {
    const value = resource[field as keyof ResourceState];
    if (field === "inputs" || field === "outputs") {
      result[field] = encryptValue(value as Value, crypter, `${resource.urn}/${field}`);
    } else if (value !== undefined && (field === "custom" || value !== false)) result[field] = value;
    if (isEmpty(result[field])) delete result[field];
  }
  return result;
}

function decryptResource(resource: ResourceState, crypter: Crypter): ResourceState {
  const open = (field: "inputs" | "outputs") =>
    decryptValue(resource[field] ?? {}, crypter, `${resource.urn}/${field}`) as Properties;
  return { ...resource, inputs: open("inputs"), outputs: open("outputs") };
}

function isEmpty(value: unknown): boolean {
  return value === "" || (typeof value === "object" && value !== null && Object.keys(value).length === 0);
}
