import { covers, overlap } from "./addresses";
import { groupsOf } from "../firewall/attachments";
import { groupRules, type GroupRule } from "../firewall/firewall-model";
import type { Host } from "./host";
import { isUnknown, type Resource, type Unknown } from "./resources";
import type { Site } from "./site";

/** Whether security groups let one host open a connection to another. Unknown is the value that decides. */
export type Reach = boolean | Unknown;

/** Answers for hosts alike are the same: a thousand web servers ask once. */
const memory = new WeakMap<Site, Map<string, Reach>>();

/**
 * Whether the groups of both ends let a TCP connection through. A host whose groups nobody knows is let through: what
 * it has instead is another rule's finding.
 */
export function reaches(site: Site, from: Host, to: Host, port: number): Reach {
  const ends = [from, to].map((host) => ({ groups: groupsOf(host.resource), block: blockOf(host) }));
  if (ends.some(({ groups }) => groups.length === 0)) return true;
  const key = [
    ...ends.map(({ groups, block }) => [...groups.map(({ urn }) => urn), block].join()),
    port,
  ].join(" ");
  const known = memory.get(site) ?? new Map<string, Reach>();
  memory.set(site, known);
  let answer = known.get(key);
  if (answer === undefined) {
    const [here, there] = ends;
    answer = both(opens(site, here, there, "out", port), opens(site, there, here, "in", port));
    known.set(key, answer);
  }
  return answer;
}

interface End {
  groups: readonly Resource[];
  /** CIDR of its subnet. */
  block?: string;
}

function blockOf(host: Host): string | undefined {
  const block = host.subnet?.get("cidrBlock");
  return typeof block === "string" ? block : undefined;
}

function both(one: Reach, other: Reach): Reach {
  if (one === false || other === false) return false;
  return isUnknown(one) ? one : other;
}

/** Whether any rule of these groups opens the port towards the other end. */
function opens(site: Site, { groups }: End, other: End, direction: "in" | "out", port: number): Reach {
  let doubt: Unknown | undefined;
  for (const rule of groups.flatMap((group) => groupRules(site, group))) {
    if (rule.direction !== direction || !["tcp", "-1"].includes(rule.protocol)) continue;
    if (rule.ports && (port < rule.ports[0] || port > rule.ports[1])) continue;
    const answer = rule.unknown ?? isPeer(rule, other);
    if (answer === true) return true;
    if (isUnknown(answer)) doubt = answer;
  }
  return doubt ?? false;
}

function isPeer({ peer }: GroupRule, { groups, block }: End): Reach {
  if (peer.kind === "group") return groups.includes(peer.group);
  if (peer.kind === "unknown") return peer.value;
  if (peer.kind === "foreign" || block === undefined) return false;
  // A range that holds a part of the subnet may hold the host; which address it gets is not known.
  return covers(peer.cidr, block) || overlap(peer.cidr, block);
}
