import { isInternet, overlap } from "../site/addresses";
import { facesInternet, LOAD_BALANCER } from "../site/entrance";
import { DEFAULT_GROUP, GROUP } from "./firewall-model";
import type { Host } from "../site/host";
import { callersOf, listenersOf } from "./listeners";
import { isUnknown, Unknown, type Resource } from "../site/resources";
import type { Site } from "../site/site";

const ENDPOINT = "aws:ec2transitgateway/instanceConnectEndpoint:InstanceConnectEndpoint";
const NAT = "aws:ec2/natGateway:NatGateway";
const SUBNET = "aws:ec2/subnet:Subnet";
const LISTENER = "aws:lb/listener:Listener";
const GROUP_PROPERTIES = ["vpcSecurityGroupIds", "securityGroups", "securityGroupIds"];
const SUBNET_PROPERTIES = ["subnetId", "subnetIds", "subnets", "subnetMappings"];
const SSH = 22;

/** What has security groups, by group. */
interface Attached {
  byGroup: Map<Resource, Resource[]>;
  bySubnet: Map<Resource, Resource[]>;
  hosts: Map<Resource, Host>;
}

const memory = new WeakMap<Site, Attached>();

function attached(site: Site): Attached {
  const known = memory.get(site);
  if (known) return known;
  const made: Attached = {
    byGroup: new Map(),
    bySubnet: new Map(),
    hosts: new Map(site.hosts.map((host) => [host.resource, host])),
  };
  const put = (map: Map<Resource, Resource[]>, key: Resource, value: Resource) => {
    const list = map.get(key);
    if (list) list.push(value);
    else map.set(key, [value]);
  };
  for (const resource of site.resources) {
    const groups = groupsOf(resource);
    for (const group of groups) put(made.byGroup, group, resource);
    if (groups.length > 0 || resource.type === NAT)
      for (const subnet of SUBNET_PROPERTIES.flatMap((one) => resource.refs(one, SUBNET)))
        put(made.bySubnet, subnet, resource);
  }
  memory.set(site, made);
  return made;
}

/** The groups that a host, a load balancer or an endpoint has. */
export function groupsOf(resource: Resource): Resource[] {
  if (!resource.type.startsWith("aws:")) return [];
  return GROUP_PROPERTIES.flatMap((property) => [
    ...resource.refs(property, GROUP),
    ...resource.refs(property, DEFAULT_GROUP),
  ]);
}

/** What is in these subnets and has groups, and NAT gateways, which can have none. */
export function membersIn(site: Site, subnets: readonly Resource[]): Resource[] {
  return [...new Set(subnets.flatMap((subnet) => attached(site).bySubnet.get(subnet) ?? []))];
}

export function hasNat(members: readonly Resource[]): boolean {
  return members.some(({ type }) => type === NAT);
}

export function hostsBehind(site: Site, group: Resource): Host[] {
  const { byGroup, hosts } = attached(site);
  return (byGroup.get(group) ?? []).map((one) => hosts.get(one)).filter((host) => host !== undefined);
}

/** Subnets of the stack that have addresses of a private range. */
export function subnetsWithin(site: Site, cidr: string): Resource[] {
  if (isInternet(cidr)) return [];
  return site.ofType(SUBNET).filter((subnet) => {
    const block = subnet.get("cidrBlock");
    return typeof block === "string" && overlap(block, cidr);
  });
}

export function hostsWithin(site: Site, cidr: string): Host[] {
  const subnets = subnetsWithin(site, cidr);
  return site.hosts.filter(({ subnet }) => subnet !== undefined && subnets.includes(subnet));
}

/** Clients come in here: a load balancer that faces the internet, or a host that the public names lead to. */
export function isEntrance(site: Site, group: Resource, port: number): boolean {
  const members = attached(site).byGroup.get(group) ?? [];
  const entered = site.topology.entrances.map(({ to }) => ("resource" in to ? to.resource : to));
  return members.some((member) => {
    if (member.type === LOAD_BALANCER) return facesInternet(member) && balancerListens(site, member, port);
    return entered.includes(member) && answers(site, group, "tcp", port) !== false;
  });
}

function balancerListens(site: Site, balancer: Resource, port: number): boolean {
  return site
    .ofType(LISTENER)
    .some((listener) => listener.refs("loadBalancerArn").includes(balancer) && listener.get("port") === port);
}

/**
 * Whether something with this group answers on a port: by its own configuration, or because somebody's configuration
 * connects to it there. True also for kinds of resource of which nothing is known.
 */
export function answers(site: Site, group: Resource, protocol: string, port: number): boolean | Unknown {
  const { byGroup, hosts } = attached(site);
  const members = byGroup.get(group) ?? [];
  let doubt: Unknown | undefined;
  for (const member of members) {
    const host = hosts.get(member);
    if (!host) {
      if (member.type === ENDPOINT) continue;
      if (member.type !== LOAD_BALANCER || balancerListens(site, member, port)) return true;
      continue;
    }
    const listeners = listenersOf(host);
    if (isUnknown(listeners)) doubt ??= new Unknown(`${host.name}: ${listeners.path}`);
    else if (listeners.some((one) => one.protocol === protocol && one.port === port && !one.loopback))
      return true;
    if (protocol === "tcp" && callersOf(site, host, port).size > 0) return true;
  }
  return doubt ?? false;
}

/** A shell by way of an Instance Connect Endpoint: what has this group is such an endpoint and nothing else. */
export function isShell(site: Site, from: Resource, port: number): boolean {
  const members = attached(site).byGroup.get(from) ?? [];
  return port === SSH && members.length > 0 && members.every(({ type }) => type === ENDPOINT);
}

/**
 * Of the hosts that may connect, whether one does, as far as configurations tell. Undefined when none of them tells who
 * connects to that port: a port that is asked by programs whose configuration is not in user data.
 */
export function connects(
  site: Site,
  from: readonly Host[],
  group: Resource,
  port: number,
): boolean | undefined {
  const known = hostsBehind(site, group).map((to) => callersOf(site, to, port));
  if (from.length === 0 || known.every(({ size }) => size === 0)) return undefined;
  return known.some((callers) => from.some((host) => callers.has(host)));
}
