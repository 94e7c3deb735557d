import { existsSync } from "node:fs";
import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { isPrivate16 } from "./components/address-plan";
import { transportsOf, type PortShape } from "./components/render";
import { HOST_KEYS, readHosts, type DatabasePlan, type HostPlan, type WebServerPlan } from "./config/hosts";
import { readMonitoring, type MonitoringPlan } from "./config/monitoring";
import { Reader, type Settings } from "./config/reader";
import { readShape, SHAPE_KEYS, type Shape } from "./config/shape";

export type { DatabasePlan, HostPlan, WebServerPlan } from "./config/hosts";
export type { Settings } from "./config/reader";

/** The whole site as its stack configures it: checked, typed, and complete with defaults. */
export interface Site extends Shape {
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
  loadBalancers: HostPlan[];
  webServers: WebServerPlan[];
  databases: DatabasePlan[];
  databaseVolumeGiB: number;
  readWeights: { primary: number; replica: number };
  /** Image ids or exact names. */
  images: { debian: string; ubuntu: string };
  monitoring: MonitoringPlan;
  /** Absolute path. */
  appBundle: string;
  readySeconds: number;
  drainSeconds: number;
  encryptAtRest: boolean;
  protect: boolean;
  teardown: boolean;
}

/** What `readSettings` found. `site` may be used only when there is no problem. */
export interface Reading {
  site: Site;
  /** Each begins with the full key. */
  problems: string[];
  /** What may be missing for now. */
  warnings: string[];
}

const KEYS: readonly string[] = [
  ...SHAPE_KEYS,
  ...["domain", "cidr", "zones"],
  ...HOST_KEYS,
  ...["databaseVolumeGiB", "readWeights", "images", "agent", "datadogSite", "alertReceiver", "appBundle"],
  ...["readyTimeout", "drainTimeout", "encryptAtRest", "protect", "teardown"],
  // Read and checked by the policies, not by the program.
  "policyExceptions",
];

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
  const reader = new Reader(settings);
  for (const key of Object.keys(values))
    if (key.startsWith("foobar:") && !KEYS.includes(key.slice("foobar:".length)))
      reader.problems.push(`${key}: want one of ${KEYS.join(", ")}, got an unknown key; remove or rename it`);
  if (!/^[a-z][a-z0-9-]{0,19}$/.test(stack))
    reader.problems.push(
      `stack: want a name of up to 20 of a-z, 0-9 and -, got "${stack}"; name the stack so, since buckets are named after it`,
    );
  const shape = readShape(reader);
  const domain = reader.matching(
    "domain",
    "foobar.com",
    /^(?!www\.)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/,
    "a bare domain such as foobar.com",
  );
  const cidr = reader.given("cidr") ?? "10.0.0.0/16";
  if (!isPrivate16(cidr)) reader.wrong("cidr", "a private /16 such as 10.0.0.0/16", cidr, "change it");
  const region = readRegion(reader);
  const zones = readZones(reader, region);
  const site: Site = {
    ...shape,
    stack,
    region,
    domain,
    siteName: `www.${domain}`,
    internalDomain: "foobar.internal",
    cidr,
    zones,
    ...readHosts(reader, shape, zones),
    databaseVolumeGiB: reader.whole("databaseVolumeGiB", 20, 1, 65536, "GiB"),
    readWeights: readWeights(reader),
    images: readImages(reader),
    monitoring: readMonitoring(reader),
    appBundle: readBundle(reader),
    readySeconds: reader.whole("readyTimeout", 600, 10, 3600, "seconds"),
    drainSeconds: reader.whole("drainTimeout", 120, 10, 3600, "seconds"),
    encryptAtRest: reader.flag("encryptAtRest", true),
    protect: reader.flag("protect", false),
    teardown: reader.flag("teardown", false),
  };
  return { site, problems: reader.problems, warnings: reader.warnings };
}

function readRegion(reader: Reader): string {
  const { values } = reader.settings;
  const region = values["aws:region"] ?? "";
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(region))
    reader.wrong(
      "aws:region",
      "a region such as us-east-1",
      values["aws:region"],
      "pulumi config set aws:region REGION",
    );
  if (values["aws:assumeRoles"] ?? values["aws:assumeRole"])
    reader.say(
      "aws:assumeRoles",
      "nothing",
      "a role",
      "name the role in a profile and set aws:profile, which the deployment's hooks can use too",
    );
  return region;
}

function readZones(reader: Reader, region: string): string[] {
  const zones = reader.structure("zones", undefined) as string[];
  if (!Array.isArray(zones) || zones.length < 1 || zones.length > 6) {
    const example = `list them, such as ["${region || "us-east-1"}a"]`;
    reader.wrong("zones", "a list of 1 to 6 zones", zones, example);
    // As many as the largest group needs: what is wrong here is told once.
    return [..."abcde"].map((letter) => `${region}${letter}`);
  }
  for (const zone of zones)
    if (typeof zone !== "string" || !new RegExp(`^${region}[a-z]$`).test(zone))
      reader.wrong(
        "zones",
        `zones of ${region || "aws:region"}`,
        zone,
        `name them in full, such as ${region}a`,
      );
  if (new Set(zones).size < zones.length)
    reader.wrong("zones", "each zone once", zones, "remove the repetition");
  return zones;
}

function readWeights(reader: Reader): Site["readWeights"] {
  const weights = reader.structure("readWeights", { primary: 0, replica: 100 }) as Site["readWeights"];
  const fits = (value: unknown) =>
    Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 256;
  if (!fits(weights?.primary) || !fits(weights?.replica) || weights.primary + weights.replica === 0)
    reader.wrong(
      "readWeights",
      "primary and replica from 0 to 256, not both 0",
      weights,
      "for example {primary: 0, replica: 100}",
    );
  return weights;
}

function readImages(reader: Reader): Site["images"] {
  const images = (reader.structure("images", {}) ?? {}) as Site["images"];
  for (const publisher of ["debian", "ubuntu"] as const)
    if (typeof images[publisher] !== "string" || images[publisher] === "" || images[publisher].includes("*"))
      reader.wrong(
        "images",
        `an image id or exact name for ${publisher}`,
        images[publisher],
        `pin one: ${publisher}: ami-… or its full name`,
      );
  return images;
}

function readBundle(reader: Reader): string {
  const appBundle = resolve(reader.settings.root, reader.given("appBundle") ?? "app/dist/app.tar.gz");
  if (!existsSync(appBundle))
    reader.wrong("appBundle", "a tar.gz with server.js at its top", appBundle, "make it: npm run build:app");
  return appBundle;
}

/** What decides which ports are open between whom. */
export function portShapeOf(site: Site): PortShape {
  return {
    entrance: site.entrance,
    balancers: site.loadBalancers.length,
    transports: transportsOf(site),
    servers: [...new Set(site.webServers.map(({ server }) => server))],
  };
}
