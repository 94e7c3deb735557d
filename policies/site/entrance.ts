import { INSTANCE, type Host } from "./host";
import { all, missing, some, unknownNeed, vertex, type Need } from "./need";
import { isUnknown, type Resource } from "./resources";
import type { Site } from "./site";

export const RECORD = "aws:route53/record:Record";
export const LOAD_BALANCER = "aws:lb/loadBalancer:LoadBalancer";
const ZONE = "aws:route53/zone:Zone";
const ADDRESS = "aws:ec2/eip:Eip";

/** Whom an entrance tells what it finds. */
export interface Guide {
  /** Clients connect to a network load balancer. */
  entered(balancer: Resource, port: number): void;
  /** What has to work for this host to serve what comes to this port. */
  serves(from: "client" | Resource, host: Host, port: number): Need;
}

/** Where HTTPS is expected when nothing says otherwise. */
const HTTPS = 443;

/**
 * What clients need in order to be served: each public name of the site, with one of its addresses. A name without a
 * public zone in this stack is somebody else's: then every elastic IP on a host and every network load balancer that
 * faces the internet is taken for the way in.
 */
export function entrances(site: Site, guide: Guide): Need {
  const found = new Entrances(site, guide);
  const names = found.publicNames();
  if (names.length > 0) return all(names);
  const addresses = [
    ...site.ofType(ADDRESS).flatMap((address) => found.behindAddress(address)),
    ...site
      .ofType(LOAD_BALANCER)
      .filter(facesInternet)
      .map((balancer) => found.behindBalancer(balancer)),
  ];
  return addresses.length > 0 ? some(addresses) : missing("no public name, elastic IP or load balancer");
}

/** A load balancer that clients can reach. `internal` is false by default. */
export function facesInternet(balancer: Resource): boolean {
  return balancer.get("internal") !== true;
}

class Entrances {
  private readonly balancers = new Map<Resource, Need>();

  constructor(
    private readonly site: Site,
    private readonly guide: Guide,
  ) {}

  publicNames(): Need[] {
    const names = new Map<string, Need[]>();
    for (const record of this.site.ofType(RECORD)) {
      if (!["A", "AAAA", "CNAME"].includes(String(record.get("type"))) || isPrivate(record)) continue;
      const name = String(record.get("name"));
      names.set(name, [...(names.get(name) ?? []), this.behindRecord(record)]);
    }
    return [...names.values()].map((records) => some(records));
  }

  private behindRecord(record: Resource): Need {
    const made = [...new Set([...record.refs("records"), ...record.refs("aliases")])];
    const ways = made.flatMap((resource) => {
      if (resource.type === ADDRESS) return this.behindAddress(resource);
      if (resource.type === LOAD_BALANCER) return [this.behindBalancer(resource)];
      if (resource.type === INSTANCE) return [this.behindHost("client", resource, HTTPS)];
      return [];
    });
    return ways.length > 0 ? some(ways) : unknownNeed(`what ${String(record.get("name"))} points to`);
  }

  /** The hosts that an elastic IP is on: one at a time, but the deployment may move it. */
  behindAddress(address: Resource): Need[] {
    const switches = this.site
      .ofType("aws:ec2/eipAssociation:EipAssociation")
      .filter((one) => one.refs("allocationId").includes(address))
      .flatMap((one) => one.refs("instanceId", INSTANCE));
    return [...switches, ...address.refs("instance", INSTANCE)].map((instance) =>
      this.behindHost("client", instance, HTTPS),
    );
  }

  /**
   * A network load balancer has a node in each of its zones, and clients learn only the addresses of zones that have a
   * healthy target ("Network Load Balancers", availability zones). Without cross-zone load balancing a node knows the
   * targets of its own zone only.
   */
  behindBalancer(balancer: Resource): Need {
    let need = this.balancers.get(balancer);
    if (!need) this.balancers.set(balancer, (need = this.nodesOf(balancer)));
    return need;
  }

  private nodesOf(balancer: Resource): Need {
    const subnets = [...balancer.refs("subnets"), ...balancer.refs("subnetMappings")];
    const crossZone = balancer.get("enableCrossZoneLoadBalancing");
    const targets = this.targetsOf(balancer);
    this.guide.entered(balancer, HTTPS);
    const nodes = subnets.map((subnet) => {
      const zone = subnet.get("availabilityZone");
      if (typeof zone !== "string") return unknownNeed(`the zone of subnet ${subnet.name}`);
      const near = crossZone === true ? targets : targets.filter(({ host }) => host.zone === zone);
      if (isUnknown(crossZone)) return unknownNeed(`${balancer.name} ${crossZone.path}`);
      const node = vertex({ name: `${balancer.name} in ${zone}`, resource: balancer, zone });
      return all([node, some(near.map(({ need }) => need))]);
    });
    return some(nodes);
  }

  private targetsOf(balancer: Resource) {
    const listeners = this.site
      .ofType("aws:lb/listener:Listener")
      .filter((listener) => listener.refs("loadBalancerArn").includes(balancer));
    return listeners
      .filter((listener) => listener.get("port") === HTTPS)
      .flatMap((listener) => listener.refs("defaultActions", "aws:lb/targetGroup:TargetGroup"))
      .flatMap((group) =>
        this.site
          .ofType("aws:lb/targetGroupAttachment:TargetGroupAttachment")
          .filter((attachment) => attachment.refs("targetGroupArn").includes(group))
          .flatMap((attachment) =>
            attachment.refs("targetId", INSTANCE).map((instance) => {
              const port = Number(attachment.get("port") ?? group.get("port"));
              return {
                host: this.hostOf(instance),
                need: this.behindHost(balancer, instance, port),
              };
            }),
          ),
      );
  }

  private behindHost(from: "client" | Resource, instance: Resource, port: number): Need {
    return this.guide.serves(from, this.hostOf(instance), port);
  }

  private hostOf(instance: Resource): Host {
    return this.site.hosts.find(({ resource }) => resource === instance)!;
  }
}

/** Records of a zone that only a VPC sees. */
export function isPrivate(record: Resource): boolean {
  return record.refs("zoneId", ZONE).some((zone) => {
    const networks = zone.get("vpcs");
    return Array.isArray(networks) && networks.length > 0;
  });
}
