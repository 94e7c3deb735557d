import * as pb from "@pulumi/pulumi/proto/analyzer_pb";
import { fromStruct } from "../rpc";
import type { PackManifest } from "./manifest";

/** `remediate` mends what it can and is mandatory for the rest; `disabled` does not run. */
export type PolicyLevel = "advisory" | "mandatory" | "remediate" | "disabled";
export type PolicySeverity = "low" | "medium" | "high" | "critical";

/** What a pack says about one of its policies, with the level that the configuration gives it. */
export interface PolicyInfo {
  name: string;
  displayName?: string;
  description: string;
  level: PolicyLevel;
  severity?: PolicySeverity;
  /** What it looks at; unknown for packs with an early SDK. */
  scope: "resource" | "stack" | "unknown";
  framework?: { name?: string; version?: string; reference?: string; specification?: string };
  tags: string[];
  remediationSteps?: string;
  url?: string;
}

/** What may be set of a policy: a JSON schema for each property. */
export interface ConfigSchema {
  properties: Record<string, Record<string, unknown>>;
  required: string[];
}

/** Settings of one policy. */
export interface PolicyConfig {
  level?: PolicyLevel;
  properties: Record<string, unknown>;
}

/** What a pack says about itself. */
export interface PackInfo {
  name: string;
  version: string;
  supportsConfig: boolean;
  policies: PolicyInfo[];
  schemas: Map<string, ConfigSchema>;
  /** Settings that the pack's own code gives its policies. */
  initialConfig: Map<string, PolicyConfig>;
}

const { ADVISORY, MANDATORY, REMEDIATE, DISABLED } = pb.EnforcementLevel;
const LEVELS: Record<PolicyLevel, pb.EnforcementLevel> = {
  advisory: ADVISORY,
  mandatory: MANDATORY,
  remediate: REMEDIATE,
  disabled: DISABLED,
};
export const LEVEL_NAMES = Object.keys(LEVELS) as PolicyLevel[];
const SEVERITIES: (PolicySeverity | undefined)[] = [undefined, "low", "medium", "high", "critical"];
const SCOPES = ["unknown", "resource", "stack"] as const;

/** @throws Error for a level of a later protocol */
export function levelName(level: pb.EnforcementLevel): PolicyLevel {
  const name = LEVEL_NAMES.find((known) => LEVELS[known] === level);
  if (name === undefined) throw new Error(`enforcement level: want 0 to 3, got ${level}`);
  return name;
}

export function levelNumber(level: PolicyLevel): pb.EnforcementLevel {
  return LEVELS[level];
}

export function severityName(severity: pb.PolicySeverity): PolicySeverity | undefined {
  return SEVERITIES[severity];
}

export function readInfo(info: pb.AnalyzerInfo, manifest: PackManifest): PackInfo {
  const schemas = new Map<string, ConfigSchema>();
  for (const policy of info.getPoliciesList()) {
    const schema = policy.getConfigschema();
    if (!schema) continue;
    const properties = fromStruct(schema.getProperties()) as ConfigSchema["properties"];
    schemas.set(policy.getName(), { properties, required: schema.getRequiredList() });
  }
  const initialConfig = new Map<string, PolicyConfig>();
  for (const [name, config] of info.getInitialconfigMap().entries() as Iterable<[string, pb.PolicyConfig]>) {
    const level = levelName(config.getEnforcementlevel());
    initialConfig.set(name, { level, properties: fromStruct(config.getProperties()) });
  }
  return {
    name: info.getName(),
    version: manifest.version ?? info.getVersion(),
    supportsConfig: info.getSupportsconfig(),
    policies: info.getPoliciesList().map(readPolicy),
    schemas,
    initialConfig,
  };
}

function readPolicy(policy: pb.PolicyInfo): PolicyInfo {
  const framework = policy.getFramework();
  const given = (text: string | undefined) => text || undefined;
  return {
    name: policy.getName(),
    displayName: given(policy.getDisplayname()),
    description: policy.getDescription(),
    level: levelName(policy.getEnforcementlevel()),
    severity: severityName(policy.getSeverity()),
    scope: SCOPES[policy.getPolicyType()] ?? "unknown",
    framework: framework && {
      name: given(framework.getName()),
      version: given(framework.getVersion()),
      reference: given(framework.getReference()),
      specification: given(framework.getSpecification()),
    },
    tags: policy.getTagsList(),
    remediationSteps: given(policy.getRemediationSteps()),
    url: given(policy.getUrl()),
  };
}
