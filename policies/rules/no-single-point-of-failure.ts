import type { FlawId } from "../flaws";
import type { Host } from "../site/host";
import {
  all,
  cutVertices,
  cutZones,
  isMet,
  reasons,
  some,
  unknowns,
  type Need,
  type Vertex,
} from "../site/need";
import { compareNames } from "../site/order";
import type { Resource } from "../site/resources";
import { notApplicable, rule, unknown, violation, type Finding } from "../rule";
import type { Site } from "../site/site";
import type { Purpose } from "../site/topology";
import { WaysOut } from "../site/way-out";

/** What is lost with a thing that the site has once. */
interface Goal {
  need: Need;
  lost: string;
  /** Which hops lead to it. */
  purposes: readonly Purpose[];
}

export const noSinglePointOfFailure = rule({
  id: "no-single-point-of-failure",
  title: "Nothing exists once without which clients get no page or the application cannot write",
  why: "A site is as available as the least available thing that it cannot do without. Hosts, disks and whole availability zones fail; what exists once takes the site with it for as long as its repair lasts. The rule follows each request through names, load balancers, proxies, the application and the databases as they are configured, takes away one host, gateway or zone after the other, and looks whether there is still a way.",
  sources: [
    {
      title: "AWS Well-Architected Framework, REL10-BP01: Deploy the workload to multiple locations",
      url: "https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/rel_fault_isolation_multiaz_region_system.html",
    },
    {
      title: "AWS Well-Architected Framework, REL11-BP02: Fail over to healthy resources",
      url: "https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/rel_withstand_component_failures_failover2good.html",
    },
  ],
  fix: "Run a second one in another zone, and let whoever is in front of it know both.",
  severity: "critical",
  frameworks: [
    { name: "AWS Well-Architected Framework", version: "2024-11-06", reference: "REL10-BP01" },
    { name: "NIST SP 800-53", version: "Rev. 5", reference: "SC-36" },
  ],
  examples: {
    language: "haproxy",
    bad: "backend web\n    server web-1 web-1.foobar.internal:8443 check",
    good: "backend web\n    server web-1 web-1.foobar.internal:8443 check\n    server web-2 web-2.foobar.internal:8443 check",
  },
  proof:
    "Under load, each host that the rule names is powered off: clients see an outage. Each other host is powered off: they see none.",
  check(site) {
    if (site.hosts.length === 0) return notApplicable("the stack has no hosts");
    const { page, write } = site.topology;
    const goals: Goal[] = [
      { need: page, lost: "clients get no page", purposes: ["page", "read"] },
      { need: write, lost: "the application cannot write", purposes: ["write"] },
    ];
    return [...broken(goals), ...new Cuts(site, goals).findings()];
  },
});

/** A goal that is out of reach with nothing lost has no cuts: it is its own finding. */
function broken(goals: Goal[]): Finding[] {
  return goals
    .filter(({ need }) => !isMet(need))
    .map(({ need, lost }) =>
      violation(undefined, `${lost}, even with nothing lost: ${reasons(need).join("; ")}`),
    );
}

class Cuts {
  private readonly goals: Goal[];
  private readonly zones: string[];
  private readonly recovery: Need;

  constructor(
    private readonly site: Site,
    goals: Goal[],
  ) {
    this.goals = goals.filter(({ need }) => isMet(need));
    this.zones = [...new Set(site.hosts.map(({ zone }) => zone))]
      .filter((zone) => typeof zone === "string")
      .sort();
    const out = new WaysOut(site);
    const { loadBalancers, webServers, databases } = site.topology;
    // Of a tier that is one host, that host is the finding.
    const tiers = [loadBalancers, webServers, databases].filter((hosts) => hosts.length > 1);
    this.recovery = all(tiers.map((hosts) => some(hosts.map((host) => out.of(host)))));
  }

  findings(): Finding[] {
    const single = this.vertices();
    const cut = new Map(this.goals.map((goal) => [goal, cutZones(goal.need, this.zones)]));
    const gateways = isMet(this.recovery) ? cutVertices(this.recovery).filter(WaysOut.isGateway) : [];
    const lostZones = new Set([...cut.values()].flat());
    return [
      ...[...single].map(([vertex, goals], index) => {
        const first = [...single.keys()].findIndex(({ zone }) => zone === vertex.zone) === index;
        return this.single(vertex, goals, first ? gateways.filter(({ zone }) => zone === vertex.zone) : []);
      }),
      ...this.zones.flatMap((zone) => this.zone(zone, cut, single)),
      ...gateways.filter(({ zone }) => !lostZones.has(zone ?? "")).map((one) => this.gateway(one)),
      ...this.doubts(single),
    ];
  }

  private vertices(): Map<Vertex, Goal[]> {
    const found = new Map<Vertex, Goal[]>();
    for (const goal of this.goals)
      for (const one of cutVertices(goal.need)) found.set(one, [...(found.get(one) ?? []), goal]);
    return found;
  }

  /** What goes with its zone is a consequence and no finding of its own. */
  private single(vertex: Vertex, goals: Goal[], gateways: Vertex[]): Finding {
    const host = this.hostOf(vertex.resource);
    const cut = host
      ? ` (cut: ${this.sides(
          host,
          goals.flatMap(({ purposes }) => purposes),
        )})`
      : "";
    const also =
      gateways.length > 0
        ? `; with its zone ${vertex.zone} goes ${names(gateways.map(({ name }) => name))}, the only way out`
        : "";
    return violation(
      vertex.resource,
      `without ${vertex.name} ${goals.map(({ lost }) => lost).join(" and ")}${cut}${also}; run another one in another zone`,
      host && this.flawOf(host),
    );
  }

  private zone(zone: string, cut: Map<Goal, string[]>, single: Map<Vertex, Goal[]>): Finding[] {
    const goals = this.goals.filter(
      (goal) =>
        cut.get(goal)!.includes(zone) &&
        ![...single].some(([vertex, own]) => vertex.zone === zone && own.includes(goal)),
    );
    if (goals.length === 0) return [];
    const inside = this.site.hosts.filter((host) => host.zone === zone);
    return [
      violation(
        inside[0]?.subnet,
        `without zone ${zone} ${goals.map(({ lost }) => lost).join(" and ")}: ${names(inside.map(({ name }) => name))} stand in it; spread them over more zones`,
        inside.every((host) => this.flawOf(host) === "one-writable-database")
          ? "one-writable-database"
          : undefined,
      ),
    ];
  }

  private gateway(one: Vertex): Finding {
    return violation(
      one.resource,
      `without ${one.name} no host of some tier reaches anything outside, so none that starts gets its secrets and packages; give each zone a NAT gateway, or use a regional one`,
    );
  }

  /** What would be a cut if what nobody knows turned out badly. */
  private doubts(single: Map<Vertex, Goal[]>): Finding[] {
    return this.goals.flatMap(({ need, lost }) => {
      if (!isMet(need, {}, false)) return [unknown(undefined, unknowns(need).join(", "), `whether ${lost}`)];
      return cutVertices(need, false)
        .filter((vertex) => !single.has(vertex))
        .map((vertex) =>
          unknown(vertex.resource, unknowns(need).join(", "), `whether ${lost} without ${vertex.name}`),
        );
    });
  }

  private hostOf(resource: Resource): Host | undefined {
    return this.site.hosts.find((host) => host.resource === resource);
  }

  /** Who stands before a host and who behind it, on the way to what is lost. */
  private sides(host: Host, purposes: readonly Purpose[]): string {
    const hops = this.site.topology.connections.filter(({ purpose }) => purposes.includes(purpose));
    const before = hops
      .filter(({ to }) => to === host)
      .map(({ from }) => (from === "client" ? "clients" : from.name));
    const behind = hops.filter(({ from }) => from === host).map(({ to }) => to.name);
    return [before, [host.name], behind]
      .filter((side) => side.length > 0)
      .map(names)
      .join(" | ");
  }

  private flawOf(host: Host): FlawId | undefined {
    const { loadBalancers, databases } = this.site.topology;
    if (loadBalancers.includes(host)) return "one-load-balancer";
    return databases.includes(host) ? "one-writable-database" : undefined;
  }
}

function names(list: string[]): string {
  return [...new Set(list)].sort(compareNames).join(", ");
}
