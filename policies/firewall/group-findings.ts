import { covers, isInternet } from "../site/addresses";
import { answers, connects, hostsBehind, hostsWithin, isEntrance, isShell } from "./attachments";
import { allGroupRules, DEFAULT_GROUP, portsText, type GroupRule } from "./firewall-model";
import { isUnknown, type Resource } from "../site/resources";
import { unknown, violation, type Finding } from "../rule";
import type { Site } from "../site/site";

/** What the internet offers and what is asked of it: HTTP and HTTPS. Names and time are the VPC's own. */
export const WEB_PORTS: readonly number[] = [80, 443];

/** What is wrong with the rules of all security groups. */
export function groupFindings(site: Site): Finding[] {
  return allGroupRules(site)
    .filter(({ group }) => group?.type !== DEFAULT_GROUP)
    .flatMap((entry) => {
      const { resource, protocol, ports, peer } = entry;
      const where = labelOf(entry);
      if (entry.unknown) return [unknown(resource, entry.unknown, `what ${where} opens`)];
      if (peer.kind === "unknown")
        return [unknown(resource, peer.value, `to whom ${where} opens ${portsText(entry)}`)];
      const say = (message: string) => [violation(resource, `${where} ${message}`)];
      if (protocol === "-1" || (isPortProtocol(protocol) && !ports))
        return say(`lets ${portsText(entry)} ${towards(entry)}, want one port for each flow; name the ports`);
      // ICMP has no ports and opens none.
      if (!isPortProtocol(protocol) || !ports) return [];
      if (peer.kind === "cidr" && isInternet(peer.cidr)) return internet(site, entry, ports, peer.cidr);
      return entry.direction === "in" ? incoming(site, entry, ports) : outgoing(site, entry, ports);
    });
}

function isPortProtocol(protocol: string): boolean {
  return protocol === "tcp" || protocol === "udp";
}

function labelOf({ resource, group }: GroupRule): string {
  return resource === group ? `a rule in ${group.name}` : resource.name;
}

function towards({ direction, peer }: GroupRule): string {
  const name = peer.kind === "cidr" ? peer.cidr : peer.kind === "group" ? peer.group.name : "others";
  return direction === "in" ? `in from ${name}` : `out to ${name}`;
}

function internet(site: Site, entry: GroupRule, ports: readonly [number, number], cidr: string): Finding[] {
  const { resource, group, direction } = entry;
  const fits = ports[0] === ports[1] && WEB_PORTS.includes(ports[0]);
  if (direction === "out")
    return fits
      ? []
      : [
          violation(
            resource,
            `${labelOf(entry)} lets ${portsText(entry)} out to ${cidr}, want only ${WEB_PORTS.join(" and ")} to the internet; remove it`,
          ),
        ];
  if (fits && (!group || isEntrance(site, group, ports[0]))) return [];
  return [
    violation(
      resource,
      `${labelOf(entry)} lets ${portsText(entry)} in from ${cidr}, want the internet let in only at the entrance, on ${WEB_PORTS.join(" and ")}; name a group in its place`,
    ),
  ];
}

function incoming(site: Site, entry: GroupRule, ports: readonly [number, number]): Finding[] {
  const { resource, group, peer } = entry;
  if (!group) return [];
  const say = (message: string) => [violation(resource, `${labelOf(entry)} ${message}`)];
  if (peer.kind === "group" && ports[0] === ports[1] && isShell(site, peer.group, ports[0])) return [];
  if (peer.kind === "cidr" && wholeVpc(site, peer.cidr))
    return say(`lets ${portsText(entry)} in from all of ${peer.cidr}, want the group that connects; name it`);
  const idle = unused(site, group, entry, ports);
  if (idle) return [idle];
  const from =
    peer.kind === "group"
      ? hostsBehind(site, peer.group)
      : peer.kind === "cidr"
        ? hostsWithin(site, peer.cidr)
        : [];
  const strangers =
    peer.kind === "cidr" ? from.filter((host) => connects(site, [host], group, ports[0]) === false) : [];
  if (peer.kind === "group" && peer.group !== group && connects(site, from, group, ports[0]) === false)
    return say(
      `lets ${portsText(entry)} in from ${peer.group.name}, and none of its hosts connects there; remove it`,
    );
  if (strangers.length > 0)
    return say(
      `lets ${portsText(entry)} in from ${(peer as { cidr: string }).cidr}, and ${strangers[0].name} there does not connect; name the group that does`,
    );
  return [];
}

function outgoing(site: Site, entry: GroupRule, ports: readonly [number, number]): Finding[] {
  const { resource, group, peer } = entry;
  if (peer.kind !== "group") return [];
  if (group && ports[0] === ports[1] && isShell(site, group, ports[0])) return [];
  const idle = unused(site, peer.group, entry, ports);
  if (idle) return [idle];
  if (
    group &&
    group !== peer.group &&
    connects(site, hostsBehind(site, group), peer.group, ports[0]) === false
  )
    return [
      violation(
        resource,
        `${labelOf(entry)} lets ${portsText(entry)} out to ${peer.group.name}, and no host of ${group.name} connects there; remove it`,
      ),
    ];
  return [];
}

/** A port of the rule on which nobody with the group listens. */
function unused(
  site: Site,
  group: Resource,
  entry: GroupRule,
  [first, last]: readonly [number, number],
): Finding | undefined {
  for (let port = first; port <= last; port++) {
    const answer = answers(site, group, entry.protocol, port);
    if (isUnknown(answer))
      return unknown(entry.resource, answer, `whether something listens on what ${labelOf(entry)} opens`);
    if (!answer)
      return violation(
        entry.resource,
        `${labelOf(entry)} lets ${portsText(entry)} ${towards(entry)}, and nothing in ${group.name} listens on ${port}; remove it`,
      );
  }
  return undefined;
}

function wholeVpc(site: Site, cidr: string): boolean {
  return site.ofType("aws:ec2/vpc:Vpc").some((vpc) => {
    const block = vpc.get("cidrBlock");
    return typeof block === "string" && covers(cidr, block);
  });
}
