import { isInternet } from "../site/addresses";
import { groupRules, type GroupRule } from "../firewall/firewall-model";
import type { Host } from "../site/host";
import { dropsByDefault, openPorts, openToAnyone, type Hook } from "../firewall/host-firewall";
import type { Ruleset } from "../parse/nftables";
import { isUnknown } from "../site/resources";
import { notApplicable, rule, unknown, violation, type Finding } from "../rule";
import type { Site } from "../site/site";

/**
 * What hosts ask of the VPC itself: names on 53 and the metadata service on 80. No security group sees either, so none
 * has a rule for them ("Control traffic to your AWS resources using security groups", Amazon VPC user guide).
 */
const OF_THE_VPC = [53, 80];

const WAYS: readonly { hook: Hook; direction: "in" | "out"; words: string }[] = [
  { hook: "input", direction: "in", words: "in" },
  { hook: "output", direction: "out", words: "out" },
];

export const firewallEnforcedTwice = rule({
  id: "firewall-enforced-twice",
  title: "Each firewall is enforced by the cloud and, for itself, by the host",
  why: "A firewall that exists once is gone with one wrong rule, one flush or one fault. Security groups and network ACLs are one layer, run by the cloud; nftables on the host is another, run by nobody else. They must say the same: a port that only one of them lets through is a mistake in the other, and shows as an outage on the day that somebody mends it.",
  sources: [
    {
      title:
        "Security Pillar, SEC05-BP02 Control traffic flow within your network layers, AWS Well-Architected Framework",
      url: "https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_network_protection_layered.html",
    },
    {
      title: "Configuring chains, nftables wiki",
      url: "https://wiki.nftables.org/wiki-nftables/index.php/Configuring_chains",
    },
    {
      title: "Control traffic to your AWS resources using security groups, Amazon VPC user guide",
      url: "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html",
    },
  ],
  fix: "Render /etc/nftables.conf from the same table of flows as the security group: policy drop for input and output, one accept for each flow with its addresses.",
  severity: "medium",
  frameworks: [
    { name: "AWS Well-Architected Framework", version: "2024-11-06", reference: "SEC05-BP02" },
    { name: "NIST SP 800-53", version: "Rev. 5", reference: "SC-7(12)" },
  ],
  flaw: "single-firewalls",
  examples: {
    language: "nft",
    bad: "table inet host {\n    chain input {\n        type filter hook input priority filter; policy accept;\n    }\n}\n",
    good: "table inet host {\n    chain input {\n        type filter hook input priority filter; policy drop;\n        ct state established,related accept\n        iif lo accept\n        ip saddr 10.0.0.0/20 tcp dport 8443 accept\n    }\n    chain output {\n        type filter hook output priority filter; policy drop;\n        ct state established,related accept\n        oif lo accept\n        tcp dport 443 accept\n    }\n}\n",
  },
  proof:
    "The lab switches one layer off, tries every port of every host from every other one, and does the same with the other layer: what was refused stays refused.",
  check(site) {
    if (site.hosts.length === 0) return notApplicable("the stack has no host");
    return site.hosts.flatMap((host) => checkHost(site, host));
  },
});

function checkHost(site: Site, host: Host): Finding[] {
  const { name, resource, nftables } = host;
  if (isUnknown(nftables)) return [unknown(resource, nftables, `what ${name}'s own firewall lets through`)];
  if (!nftables)
    return [
      violation(
        resource,
        `${name} has no firewall of its own, so the cloud's is the only one; write /etc/nftables.conf in its user data`,
      ),
    ];
  if (!isLoaded(host))
    return [
      violation(
        resource,
        `${name}: nothing in its user data loads /etc/nftables.conf; add the command systemctl enable --now nftables.service`,
      ),
    ];
  const cloud = host.securityGroups.flatMap((group) => groupRules(site, group));
  return WAYS.flatMap(({ hook, direction, words }) => {
    if (!dropsByDefault(nftables, hook))
      return [
        violation(
          resource,
          `${name}: nftables does not drop what it has no rule for on the way ${words}, want policy drop in a chain of hook ${hook}`,
        ),
      ];
    return compare(
      host,
      nftables,
      hook,
      cloud.filter((entry) => entry.direction === direction),
    );
  });
}

/** Distributions ship the service switched off: a file alone filters nothing. */
function isLoaded({ userData }: Host): boolean {
  if (!userData || isUnknown(userData)) return false;
  const preset = [...userData.files.values()].some(
    ({ path, content }) => /\.preset$/.test(path) && /^enable nftables(\.service)?$/m.test(content),
  );
  return (
    preset ||
    userData.commands.some((words) =>
      /\bsystemctl\b.*\b(enable|start|restart|reload)\b.*\bnftables\b|\bnft\b.*(-f|--file)\b.*nftables\.conf/.test(
        words.join(" "),
      ),
    )
  );
}

function compare(host: Host, nftables: Ruleset, hook: Hook, cloud: GroupRule[]): Finding[] {
  const { name, resource } = host;
  const way = hook === "input" ? "in" : "out";
  const doubt = cloud.find((entry) => entry.unknown);
  if (doubt) return [unknown(doubt.resource, doubt.unknown!, `whether ${name}'s two firewalls say the same`)];
  const own = openPorts(nftables, hook);
  const tcp = cloud.filter(({ protocol }) => protocol === "tcp" || protocol === "-1");
  const say = (message: string) => violation(resource, `${name}: ${message}`);
  if (own.has("any"))
    return [say(`nftables lets every port ${way}, want only those of the security group; name the ports`)];
  const inGroup = (port: number) => tcp.some(({ ports }) => !ports || (ports[0] <= port && port <= ports[1]));
  const findings: Finding[] = [];
  for (const port of sorted(own))
    if (!inGroup(port) && !(hook === "output" && OF_THE_VPC.includes(port)))
      findings.push(
        say(
          `nftables lets tcp port ${port} ${way} and the security group does not; remove it or add it there`,
        ),
      );
  for (const range of ranges(tcp)) {
    const missing = missingFrom(range, own);
    if (missing !== undefined)
      findings.push(
        say(
          `the security group lets tcp port ${missing} ${way} and nftables does not; add it or remove it there`,
        ),
      );
  }
  if (hook === "input")
    for (const port of sorted(own))
      if (inGroup(port) && !groupOpenToAnyone(tcp, port) && openToAnyone(nftables, port))
        findings.push(
          say(
            `nftables lets tcp port ${port} in from anywhere and the security group only from some; add ip saddr to the rule`,
          ),
        );
  return findings;
}

function sorted(ports: Set<"any" | number>): number[] {
  return [...ports].filter((port) => port !== "any").sort((a, b) => a - b);
}

/** Each once, in order. A rule for every port says nothing that a host could say, too: `firewall-default-deny` finds it. */
function ranges(rules: readonly GroupRule[]): (readonly [number, number])[] {
  const found = new Map<string, readonly [number, number]>();
  for (const { ports } of rules) if (ports) found.set(ports.join("-"), ports);
  return [...found.values()].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
}

/** The first port of a range that the host refuses. */
function missingFrom([first, last]: readonly [number, number], own: Set<"any" | number>): string | undefined {
  if (first === last) return own.has(first) ? undefined : String(first);
  for (let port = first; port <= last; port++) if (!own.has(port)) return `${port} (of ${first} to ${last})`;
  return undefined;
}

function groupOpenToAnyone(rules: readonly GroupRule[], port: number): boolean {
  return rules.some(
    ({ ports, peer }) =>
      (!ports || (ports[0] <= port && port <= ports[1])) && peer.kind === "cidr" && isInternet(peer.cidr),
  );
}
