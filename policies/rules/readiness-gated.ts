import { RECORD, isPrivate } from "../site/entrance";
import { INSTANCE, type Host } from "../site/host";
import { ATTACHMENT } from "../traffic/network-load-balancers";
import { ConfigError } from "../parse/config-error";
import { parseUnit } from "../parse/systemd";
import { isUnknown, type Resource } from "../site/resources";
import { notApplicable, rule, unknown, violation, type Finding } from "../rule";
import type { Site } from "../site/site";

const UNITS = "/etc/systemd/system";
const SWITCH = "aws:ec2/eipAssociation:EipAssociation";

export const readinessGated = rule({
  id: "readiness-gated",
  title: "Traffic moves to a host only when it has reported that it serves, and to one host at a time",
  why: "A machine that exists is not one that serves: packages, secrets and programs come first, and any of them may fail. Here a host's boot reports how it ended, what moves traffic to it (its name, a target group, an address) waits for that, and each such switch waits for the one before it, so that a fault stops a roll with all other hosts still serving. Hooks are no part of a resource's properties, so the rule judges what they hang on: the order of the switches, and the report.",
  sources: [
    {
      title: "AWS Well-Architected Framework, REL08-BP04: Deploy using immutable infrastructure",
      url: "https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/rel_tracking_change_management_immutable_infrastructure.html",
    },
    {
      title: "Pulumi: Resource option: hooks",
      url: "https://www.pulumi.com/docs/iac/concepts/resources/options/hooks/",
    },
  ],
  fix: "Give each host a record of its own made from its instance, let each switch depend on the host's record and on the switch before it, and let user data start a unit whose end, good or bad, is reported.",
  severity: "high",
  frameworks: [{ name: "AWS Well-Architected Framework", version: "2024-11-06", reference: "REL08-BP04" }],
  examples: {
    language: "typescript",
    bad: "new aws.route53.Record(`web-2-record`, { name, type: 'A', records: [instance.privateIp] });\n",
    good: "new aws.route53.Record(\n  `web-2-record`,\n  { name, type: 'A', records: [instance.privateIp] },\n  { dependsOn: [instance, web1.record], hooks: { beforeCreate: [ready], beforeUpdate: [ready] } },\n);\n",
  },
  proof:
    "The lab rolls a new version under load and no request fails; with a version that does not start, the roll stops at the first host, the old ones serve on, and no record has changed.",
  check(site) {
    if (site.hosts.length === 0) return notApplicable("the stack has no hosts");
    const { webServers, loadBalancers } = site.topology;
    const records = recordsByHost(site);
    const webRecords = webServers.flatMap((host) => records.get(host) ?? []);
    return [
      ...site.hosts.flatMap(reports),
      ...[...webServers, ...loadBalancers].flatMap((host) =>
        records.has(host)
          ? []
          : [
              violation(
                host.resource,
                `${host.name} has no record of its own in a private zone, want one made from its instance, as its traffic switch`,
              ),
            ],
      ),
      ...inTurn(webRecords, "record"),
      ...inTurn(site.ofType(ATTACHMENT), "target group attachment"),
      ...[...site.ofType(ATTACHMENT), ...site.ofType(SWITCH)].flatMap((one) =>
        behindRecord(site, one, records),
      ),
      ...webServers.flatMap((host) => leaves(host, records.get(host))),
    ];
  },
});

function recordsByHost(site: Site): Map<Host, Resource> {
  const hosts = new Map(site.hosts.map((host) => [host.resource, host]));
  const found = new Map<Host, Resource>();
  for (const record of site.ofType(RECORD)) {
    if (!isPrivate(record)) continue;
    for (const instance of record.refs("records", INSTANCE)) {
      const host = hosts.get(instance);
      if (host) found.set(host, record);
    }
  }
  return found;
}

/** Whether the host is told to report how its boot ended, and to be made anew when what it is told changes. */
function reports(host: Host): Finding[] {
  const { userData, resource, name } = host;
  const findings: Finding[] = [];
  const anew = resource.get("userDataReplaceOnChange");
  if (isUnknown(anew))
    findings.push(unknown(resource, anew, `whether ${name} is replaced when its user data changes`));
  else if (anew !== true)
    findings.push(
      violation(
        resource,
        `${name} is stopped and started when its user data changes, with its traffic on it and without booting by it, want userDataReplaceOnChange: true`,
      ),
    );
  if (isUnknown(userData))
    return [...findings, unknown(resource, userData, `whether ${name} reports that it serves`)];
  const started = (userData?.commands ?? [])
    .filter(([program, verb]) => program === "systemctl" && ["start", "enable"].includes(verb))
    .flatMap((words) => words.slice(2).filter((word) => !word.startsWith("-")));
  try {
    if (started.some((unit) => reportsEnd(host, unit))) return findings;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [...findings, unknown(resource, error.message, `whether ${name} reports that it serves`)];
  }
  return [
    ...findings,
    violation(
      resource,
      `${name} starts no unit that reports how its boot ended, want one in user data with OnFailure= and both started and reported`,
    ),
  ];
}

/** A one-shot unit of user data, with another that tells of its failure. */
function reportsEnd(host: Host, unit: string): boolean {
  const read = (name: string) => {
    const text = host.file(`${UNITS}/${name}`);
    return typeof text === "string" ? parseUnit(text, `${UNITS}/${name}`) : undefined;
  };
  const boot = read(unit);
  if (boot?.get("Service", "Type") !== "oneshot" || !boot.get("Service", "ExecStart")) return false;
  const failure = boot.get("Unit", "OnFailure");
  return (
    failure !== undefined && failure.split(/\s+/).some((name) => read(name)?.get("Service", "ExecStart"))
  );
}

/** Of every two switches one must wait for the other. */
function inTurn(switches: readonly Resource[], what: string): Finding[] {
  const depth = depthAmong(new Set(switches));
  // In a chain each is one deeper than the one before it; two of the same depth do not wait for each other.
  const byDepth = new Map<number, Resource>();
  const findings: Finding[] = [];
  for (const one of switches) {
    const rival = byDepth.get(depth(one));
    byDepth.set(depth(one), one);
    if (rival && !ofOneHost(one, rival))
      findings.push(
        violation(
          one,
          `${what} ${one.name} does not wait for ${rival.name}, so that two hosts may be switched at once; let each depend on the one before it`,
        ),
      );
  }
  return findings;
}

/** The ports of one host may be switched together: one host moves all the same. */
function ofOneHost(one: Resource, other: Resource): boolean {
  const [instance] = one.refs("targetId", INSTANCE);
  return instance !== undefined && other.refs("targetId", INSTANCE).includes(instance);
}

/** How many of these wait for each other one after another before a resource, itself not counted. */
function depthAmong(among: ReadonlySet<Resource>): (one: Resource) => number {
  const known = new Map<Resource, number>();
  const of = (one: Resource): number => {
    let depth = known.get(one);
    if (depth === undefined) {
      known.set(one, 0);
      depth = Math.max(0, ...one.dependencies.map((other) => of(other) + (among.has(other) ? 1 : 0)));
      known.set(one, depth);
    }
    return depth;
  };
  return of;
}

/** An address or a target group is switched to a host that has its name already. */
function behindRecord(site: Site, one: Resource, records: ReadonlyMap<Host, Resource>): Finding[] {
  const property = one.type === SWITCH ? "instanceId" : "targetId";
  const instances = one.refs(property, INSTANCE);
  return site.hosts
    .filter((host) => instances.includes(host.resource))
    .flatMap((host) => {
      const record = records.get(host);
      if (!record || depthAmong(new Set([record]))(one) > 0) return [];
      return [
        violation(
          one,
          `${one.name} sends traffic to ${host.name} without waiting for its record ${record.name}, which waits until it serves; let it depend on that`,
        ),
      ];
    });
}

/** A host that leaves serves on for as long as anybody may still hold its old address. */
function leaves(host: Host, record: Resource | undefined): Finding[] {
  const settings = host.environment("/etc/foobar/host.env");
  const ttl = record?.get("ttl");
  if (!settings || isUnknown(settings) || settings.FOOBAR_RECORD_TTL_SEC === undefined) return [];
  if (isUnknown(ttl)) return [unknown(record, ttl, `how long the old address of ${host.name} may be in use`)];
  const waits = Number(settings.FOOBAR_RECORD_TTL_SEC);
  if (typeof ttl !== "number" || ttl <= waits) return [];
  return [
    violation(
      record,
      `${host.name} leaves after ${waits} s (FOOBAR_RECORD_TTL_SEC), and its record may be cached for ${ttl} s; make them equal`,
    ),
  ];
}
