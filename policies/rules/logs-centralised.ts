import type { Host } from "../site/host";
import { nameOf, shipmentsOf, type Place, type Shipment } from "../logs";
import { isSent, logFilesOf } from "../logs/files";
import { keepingOf } from "../logs/retention";
import { byName, namesOf } from "../site/order";
import { isUnknown } from "../site/resources";
import { notApplicable, rule, unknown, violation, type Finding } from "../rule";
import type { Site } from "../site/site";

type Settings = { minRetentionDays: number };

interface Shipper {
  host: Host;
  shipments: Shipment[];
}

export const logsCentralised = rule<Settings>({
  id: "logs-centralised",
  title: "Every host sends all its logs, over verified TLS, to one place that keeps them",
  why: "Logs that stay on a host go with it, and whoever breaks in can change them. An incident crosses hosts, so its traces have to be searchable together. The place needs an owner: somebody decided how long it keeps logs, that they are encrypted, and where they go after that.",
  sources: [
    {
      title:
        "AWS Well-Architected Framework, SEC04-BP02: Capture logs, findings, and metrics in standardized locations",
      url: "https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_detect_investigate_events_logs.html",
    },
    {
      title: "NIST SP 800-92, Guide to Computer Security Log Management",
      url: "https://csrc.nist.gov/pubs/sp/800/92/final",
    },
    {
      title: "systemd-journal-upload(8)",
      url: "https://man7.org/linux/man-pages/man8/systemd-journal-upload.8.html",
    },
    { title: "Datadog: Log Archives", url: "https://docs.datadoghq.com/logs/log_configuration/archives/" },
  ],
  fix: "Let one program on every host send the journal over TLS to the same place, and describe in this stack how long that place keeps logs and where its archive is.",
  severity: "high",
  frameworks: [
    { name: "AWS Well-Architected Framework", version: "2024-11-06", reference: "SEC04-BP02" },
    { name: "CIS Controls", version: "8.1", reference: "8.9" },
    { name: "NIST SP 800-53", version: "Rev. 5", reference: "AU-4(1)" },
    { name: "PCI DSS", version: "4.0.1", reference: "10.3.3" },
  ],
  flaw: "no-central-logs",
  examples: {
    language: "yaml",
    bad: "# /etc/datadog-agent/datadog.yaml\nlogs_enabled: false\n",
    good: "# /etc/datadog-agent/datadog.yaml\nlogs_enabled: true\n# /etc/datadog-agent/conf.d/journald.d/conf.yaml\nlogs:\n  - type: journald\n    source: foobar-web\n",
  },
  proof:
    "The lab writes a line into every host's journal, powers the host off, and finds the line in the one place.",
  settings: {
    minRetentionDays: {
      type: "integer",
      default: 30,
      minimum: 1,
      description: "shortest time for which the place itself, without its archive, keeps logs",
    },
  },
  check(site, { minRetentionDays }) {
    if (site.hosts.length === 0) return notApplicable("this stack has no hosts");
    const findings: Finding[] = [];
    const shippers: Shipper[] = [];
    for (const host of byName(site.hosts)) {
      const shipments = shipmentsOf(host);
      if (isUnknown(shipments))
        findings.push(unknown(host.resource, shipments, `where the logs of ${host.name} go`));
      else shippers.push({ host, shipments });
    }
    const silent = shippers.filter(({ shipments }) => shipments.length === 0);
    if (silent.length > 0)
      findings.push(
        violation(
          silent.length === 1 ? silent[0].host.resource : undefined,
          `no logs leave ${list(silent)}, want all logs of every host in one place; let a program there send the journal over TLS`,
        ),
      );
    const sending = shippers.filter(({ shipments }) => shipments.length > 0);
    findings.push(...sending.flatMap((shipper) => [...transportFaults(shipper), ...leftBehind(shipper)]));
    if (sending.length > 0) findings.push(...placeFaults(site, sending, minRetentionDays));
    return findings;
  },
});

function list(shippers: readonly Shipper[]): string {
  return namesOf(shippers.map(({ host }) => host));
}

/** What is wrong with the way to the place: logs that others can read or take, and logs that are not sent. */
function transportFaults({ host, shipments }: Shipper): Finding[] {
  const faults = shipments
    .filter(({ transport }) => transport !== "verified")
    .map(({ program, to, transport }) =>
      transport === "plain"
        ? `${host.name}: ${program} sends logs to ${nameOf(to)} without TLS, want TLS with the certificate checked; turn it on`
        : `${host.name}: ${program} does not check whose certificate ${nameOf(to)} has, want it checked; name the authority and the peer`,
    );
  if (!shipments.some(({ everything }) => everything))
    faults.push(
      `${host.name}: ${shipments.map(({ program }) => program).join(", ")} sends some files only, want the whole journal; add the journal as a source`,
    );
  return faults.map((message) => violation(host.resource, message));
}

/** Logs that a server writes into files, which the journal never sees and nothing sends. */
function leftBehind({ host, shipments }: Shipper): Finding[] {
  const files = logFilesOf(host);
  if (isUnknown(files)) return [unknown(host.resource, files, `whether all logs of ${host.name} leave it`)];
  return files
    .filter(({ path }) => !isSent(path, shipments))
    .map(({ program, path }) =>
      violation(
        host.resource,
        `${host.name}: ${program} writes ${path}, which nothing sends away, want every log in the journal or among the files that are sent; let ${program} log to syslog`,
      ),
    );
}

/** One place for all, and what that place lacks. */
function placeFaults(site: Site, shippers: readonly Shipper[], minDays: number): Finding[] {
  const places = new Map<string, { place: Place; hosts: Shipper[] }>();
  for (const shipper of shippers)
    for (const to of new Map(shipper.shipments.map((one) => [nameOf(one.to), one.to])).values()) {
      const known = places.get(nameOf(to)) ?? { place: to, hosts: [] };
      places.set(nameOf(to), known);
      known.hosts.push(shipper);
    }
  const common = [...places.values()].filter(({ hosts }) => hosts.length === shippers.length);
  if (common.length === 0) {
    const parts = [...places].map(([name, { hosts }]) => `${name} (${list(hosts)})`);
    return [
      violation(
        undefined,
        `logs go to different places: ${parts.join("; ")}, want one for all; send them to the same`,
      ),
    ];
  }
  // One place in good order is enough; which of several is the one is nobody's to guess, so the best one counts.
  const kept = common.map(({ place }) => ({ place, ...keepingOf(site, place, minDays) }));
  const best = kept.reduce((one, other) => (other.lacking.length < one.lacking.length ? other : one));
  const where = nameOf(best.place);
  const findings: Finding[] = [];
  if (best.unknown !== undefined)
    findings.push(unknown(best.resource, best.unknown, `how ${where} keeps logs`));
  if (best.lacking.length > 0)
    findings.push(
      violation(
        best.resource,
        `logs of ${list(shippers)} go to ${where}, which lacks ${best.lacking.join(" and ")}; describe it in this stack`,
      ),
    );
  return findings;
}
