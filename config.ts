import { existsSync } from "node:fs";
import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { isPrivate16 } from "./components/address-plan";

/** A host to be: its name, its size and its place. */
export interface HostPlan {
  /** `web-1`: stable, whatever else is added. */
  name: string;
  instanceType: string;
  zone: string;
}

/** A database host to be. */
export interface DatabasePlan extends HostPlan {
  role: "primary" | "replica";
  serverId: number;
}

/** The whole site as its stack configures it: checked, typed, and complete with defaults. */
export interface Site {
  stack: string;
  region: string;
  /** `foobar.com` */
  domain: string;
  /** `www.foobar.com` */
  siteName: string;
  /** The private zone, in which hosts find each other. */
  internalDomain: "foobar.internal";
  cidr: string;
  zones: string[];
  loadBalancer: HostPlan;
  webServers: HostPlan[];
  databases: DatabasePlan[];
  databaseVolumeGiB: number;
  readWeights: { primary: number; replica: number };
  /** Image ids or exact names. */
  images: { debian: string; ubuntu: string };
  monitoring: {
    agent: "prometheus" | "datadog";
    /** What the agents need, by the secret's name below the stack's prefix. */
    secrets: Record<string, pulumi.Output<string>>;
    /** Datadog's site, such as `datadoghq.eu`. */
    site?: string;
    /** Who gets alerts. */
    receiver?: string;
  };
  /** Absolute path. */
  appBundle: string;
  readySeconds: number;
  drainSeconds: number;
  encryptAtRest: boolean;
  protect: boolean;
  teardown: boolean;
}

/** What a stack's configuration is read from. */
export interface Settings {
  stack: string;
  /** All settings as Pulumi holds them: full key, text. */
  values: Record<string, string>;
  isSecret(key: string): boolean;
  /** Whether this is a preview, in which no credential is needed yet. */
  preview: boolean;
  /** Folder that relative paths start from. */
  root: string;
}

/** What `readSettings` found. `site` may be used only when there is no problem. */
export interface Reading {
  site: Site;
  /** Each begins with the full key. */
  problems: string[];
  /** What may be missing for now. */
  warnings: string[];
}

const KEYS = [
  "shape domain cidr zones loadBalancer webServers databaseType databaseVolumeGiB readWeights images agent",
  "datadogSite alertReceiver appBundle readyTimeout drainTimeout encryptAtRest protect teardown",
  // Read and checked by the policies, not by the program.
  "policyExceptions",
]
  .join(" ")
  .split(" ");

/** Reads and checks the current stack's configuration. @throws pulumi.RunError with every problem, one a line. */
export function readSite(): Site {
  const { site, problems, warnings } = readSettings({
    stack: pulumi.getStack(),
    values: pulumi.runtime.allConfig(),
    isSecret: isConfigSecret,
    preview: pulumi.runtime.isDryRun(),
    root: __dirname,
  });
  for (const warning of warnings) void pulumi.log.warn(warning);
  if (problems.length > 0)
    throw new pulumi.RunError(`the configuration of stack ${site.stack} is wrong:\n${problems.join("\n")}`);
  return site;
}

/** Pulumi knows, but its type declarations hide it. */
function isConfigSecret(key: string): boolean {
  return (pulumi.runtime as unknown as { isConfigSecret(key: string): boolean }).isConfigSecret(key);
}

/** Reads and checks a configuration. Finds every problem, not only the first. */
export function readSettings(settings: Settings): Reading {
  const { values, stack } = settings;
  const problems: string[] = [];
  const warnings: string[] = [];
  const say: Say = (key, want, got, fix) =>
    problems.push(`${key.includes(":") ? key : `foobar:${key}`}: want ${want}, got ${got}; ${fix}`);
  const wrong = (key: string, want: string, value: unknown, fix: string) => say(key, want, quote(value), fix);
  const text = (key: string, otherwise: string) => values[`foobar:${key}`] ?? otherwise;
  const matching = (key: string, otherwise: string, pattern: RegExp, want: string) => {
    const value = text(key, otherwise);
    if (!pattern.test(value)) wrong(key, want, value === "" ? undefined : value, `set it to one`);
    return value;
  };
  const choice = <T extends string>(key: string, otherwise: T, choices: readonly T[]): T => {
    const value = text(key, otherwise) as T;
    if (!choices.includes(value)) wrong(key, choices.join(" or "), value, "choose one of them");
    return value;
  };
  const flag = (key: string, otherwise: boolean) =>
    choice(key, otherwise ? "true" : "false", ["true", "false"]) === "true";
  const whole = (key: string, otherwise: number, least: number, most: number, unit: string) => {
    const value = Number(text(key, String(otherwise)));
    if (!Number.isInteger(value) || value < least || value > most)
      wrong(key, `a whole number of ${unit} from ${least} to ${most}`, text(key, ""), "change it");
    return value;
  };
  const structure = (key: string, otherwise: unknown): unknown => {
    const value = values[`foobar:${key}`];
    if (value === undefined) return otherwise;
    try {
      return JSON.parse(value) as unknown;
    } catch {
      return value;
    }
  };
  const instanceType = (key: string, value: unknown) => {
    if (typeof value === "string" && /^[a-z][a-z0-9-]*\.[a-z0-9-]+$/.test(value)) return value;
    wrong(key, "an instance type such as t3.small", value, "set it to one");
    return "";
  };

  for (const key of Object.keys(values))
    if (key.startsWith("foobar:") && !KEYS.includes(key.slice("foobar:".length)))
      problems.push(`${key}: want one of ${KEYS.join(", ")}, got an unknown key; remove or rename it`);
  if (!/^[a-z][a-z0-9-]{0,19}$/.test(stack))
    problems.push(
      `stack: want a name of up to 20 of a-z, 0-9 and -, got "${stack}"; name the stack so, since buckets are named after it`,
    );
  choice("shape", "baseline", ["baseline"]);
  const domain = matching(
    "domain",
    "foobar.com",
    /^(?!www\.)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/,
    "a bare domain such as foobar.com",
  );
  const cidr = text("cidr", "10.0.0.0/16");
  if (!isPrivate16(cidr)) wrong("cidr", "a private /16 such as 10.0.0.0/16", cidr, "change it");

  const region = values["aws:region"] ?? "";
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(region))
    wrong(
      "aws:region",
      "a region such as us-east-1",
      values["aws:region"],
      "pulumi config set aws:region REGION",
    );
  if (values["aws:assumeRoles"] ?? values["aws:assumeRole"])
    say(
      "aws:assumeRoles",
      "nothing",
      "a role",
      "name the role in a profile and set aws:profile, which the deployment's hooks can use too",
    );
  let zones = structure("zones", undefined) as string[];
  if (!Array.isArray(zones) || zones.length < 1 || zones.length > 6) {
    wrong("zones", "a list of 1 to 6 zones", zones, `list them, such as ["${region || "us-east-1"}a"]`);
    zones = [`${region}a`];
  }
  for (const zone of zones)
    if (typeof zone !== "string" || !new RegExp(`^${region}[a-z]$`).test(zone))
      wrong("zones", `zones of ${region || "aws:region"}`, zone, `name them in full, such as ${region}a`);
  if (new Set(zones).size < zones.length) wrong("zones", "each zone once", zones, "remove the repetition");
  const zoneAt = (index: number) => zones[index % zones.length];

  const web = structure("webServers", { count: 3, instanceType: "t3.small" });
  const types: unknown[] = Array.isArray(web) ? web : hostsOf(web);
  if (types.length < 1 || types.length > 100)
    wrong(
      "webServers",
      "1 to 100 web servers, as a list of instance types or {count, instanceType}",
      web,
      "for example {count: 3, instanceType: t3.small}",
    );
  const typeProblems = problems.length;
  const webServers = types.slice(0, 100).map((type, index) => ({
    name: `web-${index + 1}`,
    // One wrong type for all of them is one problem.
    instanceType:
      problems.length > typeProblems && !Array.isArray(web) ? "" : instanceType("webServers", type),
    zone: zoneAt(index),
  }));
  const databaseType = instanceType("databaseType", text("databaseType", "t3.medium"));
  const databases: DatabasePlan[] = (["primary", "replica"] as const).map((role, index) => ({
    name: `db-${index + 1}`,
    role,
    serverId: index + 1,
    instanceType: databaseType,
    zone: zoneAt(index),
  }));

  const weights = structure("readWeights", { primary: 0, replica: 100 }) as Site["readWeights"];
  const weight = (value: unknown) =>
    Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 256;
  if (!weight(weights?.primary) || !weight(weights?.replica) || weights.primary + weights.replica === 0)
    wrong(
      "readWeights",
      "primary and replica from 0 to 256, not both 0",
      weights,
      "for example {primary: 0, replica: 100}",
    );
  const images = (structure("images", {}) ?? {}) as Site["images"];
  for (const publisher of ["debian", "ubuntu"] as const)
    if (typeof images[publisher] !== "string" || images[publisher] === "" || images[publisher].includes("*"))
      wrong(
        "images",
        `an image id or exact name for ${publisher}`,
        images[publisher],
        `pin one: ${publisher}: ami-… or its full name`,
      );

  const appBundle = resolve(settings.root, text("appBundle", "app/dist/app.tar.gz"));
  if (!existsSync(appBundle))
    wrong("appBundle", "a tar.gz with server.js at its top", appBundle, "make it: npm run build:app");

  const site: Site = {
    stack,
    region,
    domain,
    siteName: `www.${domain}`,
    internalDomain: "foobar.internal",
    cidr,
    zones,
    loadBalancer: {
      name: "lb-1",
      instanceType: instanceType("loadBalancer", text("loadBalancer", "t3.small")),
      zone: zoneAt(0),
    },
    webServers,
    databases,
    databaseVolumeGiB: whole("databaseVolumeGiB", 20, 1, 65536, "GiB"),
    readWeights: weights,
    images,
    monitoring: readMonitoring(
      settings,
      choice("agent", "prometheus", ["prometheus", "datadog"]),
      say,
      warnings,
    ),
    appBundle,
    readySeconds: whole("readyTimeout", 600, 10, 3600, "seconds"),
    drainSeconds: whole("drainTimeout", 120, 10, 3600, "seconds"),
    encryptAtRest: flag("encryptAtRest", true),
    protect: flag("protect", false),
    teardown: flag("teardown", false),
  };
  return { site, problems, warnings };
}

/** Adds a problem: the key, what it should be, what it is, and what to do. */
type Say = (key: string, want: string, got: string, fix: string) => void;

function quote(value: unknown): string {
  if (value === undefined) return "nothing";
  return typeof value === "string" ? `"${value}"` : JSON.stringify(value);
}

/** `{count, instanceType}` as a list. */
function hostsOf(web: unknown): unknown[] {
  const { count, instanceType } = (web ?? {}) as { count?: unknown; instanceType?: unknown };
  if (!Number.isInteger(count) || (count as number) < 1 || (count as number) > 100) return [];
  return Array<unknown>(count as number).fill(instanceType);
}

/** Datadog's key is needed by hosts and by the provider: one setting, the provider's own. */
function readMonitoring(
  settings: Settings,
  agent: "prometheus" | "datadog",
  say: Say,
  warnings: string[],
): Site["monitoring"] {
  if (agent !== "datadog") return { agent, secrets: {} };
  const key = (name: string, digits: number) => {
    const full = `datadog:${name}`;
    const value = settings.values[full];
    const set = `pulumi config set --secret ${full}`;
    if (value === undefined && settings.preview)
      warnings.push(`${full}: not set; a deployment needs it: ${set}`);
    else if (value === undefined) say(full, `${digits} hexadecimal digits, as a secret`, "nothing", set);
    else if (!settings.isSecret(full)) say(full, "a secret", "plain text", `set it again: ${set}`);
    // The value itself never goes into a message.
    else if (!new RegExp(`^[0-9a-f]{${digits}}$`).test(value))
      say(full, `${digits} hexadecimal digits`, `${value.length} other characters`, set);
    return value ?? "0".repeat(digits);
  };
  const apiKey = key("apiKey", 32);
  key("appKey", 40);
  const receiver = settings.values["foobar:alertReceiver"] ?? "";
  if (!/^@\S+$/.test(receiver))
    say(
      "alertReceiver",
      "who gets alerts, as Datadog names them",
      quote(receiver || undefined),
      "for example @ops@foobar.com",
    );
  const site = settings.values["foobar:datadogSite"] ?? "datadoghq.com";
  if (!/^([a-z0-9-]+\.)+[a-z]+$/.test(site))
    say("datadogSite", "a Datadog site such as datadoghq.eu", quote(site), "see the address of your account");
  return { agent, secrets: { "datadog/api-key": pulumi.secret(apiKey) }, site, receiver };
}
