import type { Host, Known } from "./host";
import { documentOf, fields } from "../logs/documents";
import { shipmentsOf } from "../logs";
import { ConfigError } from "../parse/config-error";
import { parseUnit, type Unit } from "../parse/systemd";
import { isUnknown, Unknown } from "./resources";

/** A unit that watches the host, or carries its logs away, and what systemd lets it take. */
export interface Agent {
  unit: string;
  limits: Limits;
  /** The slice that it runs in, when that one has limits of its own. */
  slice?: { name: string; limits: Limits };
}

/** Undefined: no limit. */
export interface Limits {
  memoryMiB?: number;
  /** Of one CPU: 200 is two of them. */
  cpuPercent?: number;
}

/** The agents that a host's user data sets up, with the limits that user data carries. */
export function agentsOf(host: Host): Exclude<Known<Agent[]>, undefined> {
  const shipments = shipmentsOf(host);
  if (isUnknown(shipments)) return shipments;
  try {
    const units = [...exporters(host), ...datadogUnits(host), ...shipments.map(({ unit }) => unit)];
    return [...new Set(units)].sort().map((unit) => agentOf(host, unit));
  } catch (error) {
    if (error instanceof ConfigError) return new Unknown(error.message);
    throw error;
  }
}

/** Debian's exporters read their options from `/etc/default/<unit's name>`. */
function exporters(host: Host): string[] {
  return host
    .paths(/^\/etc\/default\/prometheus-[a-z0-9-]+-exporter$/)
    .map((path) => `${path.slice("/etc/default/".length)}.service`);
}

/** Datadog's Agent is several processes, each on when its part of the settings says so. */
function datadogUnits(host: Host): string[] {
  const folder = "/etc/datadog-agent";
  const agent = documentOf(host, `${folder}/datadog.yaml`);
  if (!agent) return [];
  const isOn = (part: unknown) => fields(part).enabled === true;
  const probe = documentOf(host, `${folder}/system-probe.yaml`) ?? {};
  const security = documentOf(host, `${folder}/security-agent.yaml`) ?? {};
  const processes = fields(agent.process_config);
  const runs: [string, boolean][] = [
    ["datadog-agent", true],
    ["datadog-agent-process", isOn(processes.process_collection)],
    ["datadog-agent-trace", fields(agent.apm_config).enabled !== false],
    [
      "datadog-agent-sysprobe",
      ["network_config", "runtime_security_config", "service_monitoring_config"].some((key) =>
        isOn(probe[key]),
      ),
    ],
    [
      "datadog-agent-security",
      ["runtime_security_config", "compliance_config"].some((key) => isOn(security[key])),
    ],
  ];
  return runs.filter(([, on]) => on).map(([unit]) => `${unit}.service`);
}

function agentOf(host: Host, name: string): Agent {
  const unit = unitOf(host, name);
  const slice = unit?.get("Service", "Slice");
  const sliceUnit = slice === undefined ? undefined : unitOf(host, slice);
  return {
    unit: name,
    limits: limitsOf(unit, "Service"),
    slice: slice && sliceUnit ? { name: slice, limits: limitsOf(sliceUnit, "Slice") } : undefined,
  };
}

function limitsOf(unit: Unit | undefined, section: string): Limits {
  return {
    memoryMiB: mebibytes(unit?.get(section, "MemoryMax")),
    cpuPercent: percent(unit?.get(section, "CPUQuota")),
  };
}

/** A unit as far as user data writes it: its file, then its drop-ins by file name (systemd.unit(5)). */
function unitOf(host: Host, name: string): Unit | undefined {
  const root = "/etc/systemd/system";
  const dropIns = new Map<string, string>();
  for (const folder of dropInFolders(name))
    for (const path of host.paths(/^\/etc\/systemd\/system\/[^/]+\.d\/[^/]+\.conf$/))
      if (path.startsWith(`${root}/${folder}/`)) dropIns.set(path.slice(path.lastIndexOf("/") + 1), path);
  const paths = [
    `${root}/${name}`,
    ...[...dropIns].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => path),
  ];
  const texts = paths.map((path) => host.file(path)).filter((text) => typeof text === "string");
  return texts.length > 0 ? parseUnit(texts.join("\n"), paths[0]) : undefined;
}

/** From the least to the most special: `service.d`, `a-.service.d`, `a-b.service.d`. */
function dropInFolders(name: string): string[] {
  const dot = name.lastIndexOf(".");
  const [stem, kind] = [name.slice(0, dot), name.slice(dot + 1)];
  const parts = stem.split("-");
  const prefixes = parts.slice(1).map((_, index) => `${parts.slice(0, index + 1).join("-")}-`);
  return [`${kind}.d`, ...[...prefixes, stem].map((prefix) => `${prefix}.${kind}.d`)];
}

/** `64M`, `1G` (systemd.resource-control(5): base 1024). Shares of the host's memory are no number here: no limit. */
function mebibytes(text: string | undefined): number | undefined {
  const parsed = /^(\d+(?:\.\d+)?)([KMGT]?)$/.exec(text ?? "");
  return parsed ? (Number(parsed[1]) * 1024 ** " KMGT".indexOf(parsed[2] || " ")) / 1024 ** 2 : undefined;
}

function percent(text: string | undefined): number | undefined {
  const parsed = /^(\d+(?:\.\d+)?)%$/.exec(text ?? "");
  return parsed ? Number(parsed[1]) : undefined;
}
