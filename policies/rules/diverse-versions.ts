import type { Host } from "../site/host";
import { byName, namesOf } from "../site/order";
import { isUnknown } from "../site/resources";
import { notApplicable, rule, unknown, violation, type Finding } from "../rule";
import { alike, softwareOf, type Software } from "../site/software";

type Settings = { kinds: number };

/** Hosts that share every version. */
interface Kind {
  software: Software;
  hosts: Host[];
}

export const diverseVersions = rule<Settings>({
  id: "diverse-versions",
  title: "At most a third of a tier's hosts share every version",
  why: "Redundant hosts that run the same versions of everything fail together: a bug, a bad update or a hole in one is in all of them, at the same moment. Two web servers side by side, two releases of the system, or images of different dates leave part of the tier standing.",
  sources: [
    {
      title: "NIST SP 800-53 Rev. 5, SC-29 Heterogeneity",
      url: "https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final",
    },
    {
      title: "NIST SP 800-160 Vol. 2 Rev. 1, Developing Cyber-Resilient Systems",
      url: "https://csrc.nist.gov/pubs/sp/800/160/v2/r1/final",
    },
  ],
  fix: "Spread the hosts of the tier over images, web servers and pinned versions; with up to three hosts, no two alike.",
  severity: "medium",
  frameworks: [{ name: "NIST SP 800-53", version: "Rev. 5", reference: "SC-29" }],
  flaw: "identical-components",
  examples: {
    language: "yaml",
    bad: "# web-1, web-2 and web-3: one image, nginx on each\n",
    good: "# web-1: Debian 13, nginx; web-2: Debian 13, Apache; web-3: Debian 12, nginx\n",
  },
  proof:
    "The lab stops every host that runs one version, as a bug in it would: each tier goes on with the others.",
  settings: {
    kinds: {
      type: "integer",
      default: 3,
      minimum: 1,
      description:
        "over how many kinds a tier is spread evenly: with 3, a third of its hosts, rounded up, may share every version",
    },
  },
  check(site, { kinds }) {
    const { loadBalancers, webServers, databases } = site.topology;
    const tiers: [string, Host[]][] = [
      ["load balancers", loadBalancers],
      ["web servers", webServers],
      ["databases", databases],
    ];
    const redundant = tiers.filter(([, hosts]) => hosts.length > 1);
    if (redundant.length === 0) return notApplicable("no tier of this stack has more than one host");
    const findings = redundant.flatMap(([tier, hosts]) =>
      judge(tier, byName(hosts), Math.ceil(hosts.length / kinds)),
    );
    // A host that nobody can read may belong to any tier; it is told once.
    const told = new Set<string>();
    return findings.filter(({ kind, message }) => {
      const again = kind === "unknown" && told.has(message);
      told.add(message);
      return !again;
    });
  },
});

function judge(tier: string, hosts: readonly Host[], maxAlike: number): Finding[] {
  const kinds: Kind[] = [];
  const byKey = new Map<string, Kind>();
  const unclear: { host: Host; software: Software }[] = [];
  for (const host of hosts) {
    const software = softwareOf(host);
    if (isUnknown(software.image) || isUnknown(software.programs)) {
      unclear.push({ host, software });
      continue;
    }
    const key = described(software);
    const kind = byKey.get(key) ?? { software, hosts: [] };
    if (kind.hosts.length === 0) kinds.push(kind);
    byKey.set(key, kind);
    kind.hosts.push(host);
  }
  const findings: Finding[] = [];
  const crowded = kinds.filter((kind) => kind.hosts.length > maxAlike);
  if (crowded.length > 0) {
    const groups = crowded.map((kind) => `${namesOf(kind.hosts)} (${described(kind.software)})`);
    findings.push(
      violation(
        crowded[0].hosts[0].resource,
        `${tier} that share every version: ${groups.join("; ")}, want at most ${maxAlike} of a kind; give them different images, servers or pinned versions`,
      ),
    );
  }
  for (const { host, software } of unclear) {
    const maybe = (other: Software) => alike(software, other) !== false;
    const known = kinds.filter((kind) => maybe(kind.software)).map((kind) => kind.hosts.length);
    const others = unclear.filter((one) => one.host !== host && maybe(one.software)).length;
    if (1 + others + Math.max(0, ...known) > maxAlike) {
      const value = [software.image, software.programs].find(isUnknown)!;
      findings.push(unknown(host.resource, value, `whether ${host.name} shares every version with too many`));
    }
  }
  return findings;
}

function described({ image, programs }: Software): string {
  const parts = [image, programs].filter((part): part is string => typeof part === "string" && part !== "");
  return parts.length > 0 ? parts.join(", ") : "no image, no program";
}
