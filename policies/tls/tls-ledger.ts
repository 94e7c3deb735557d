import type { Host } from "../site/host";
import { databaseHops } from "./database-hops";
import { notKnown, worst, type Hop } from "./hop";
import { pageHops } from "./page-hops";
import { peerHops } from "./peer-hops";
import { telemetryHops } from "./telemetry-hops";
import { isUnknown } from "../site/resources";
import type { Site } from "../site/site";

export type { Hop, Protection } from "./hop";

/**
 * Every connection that bytes of the site travel on, and how each is protected: from clients inwards, in the order in
 * which a request meets them. What stays on a host is no hop; a health check carries a word and no data, so it is
 * none either.
 */
export function ledger(site: Site): Hop[] {
  const hops = [
    ...site.hosts.flatMap(unreadable),
    ...pageHops(site),
    ...databaseHops(site),
    ...peerHops(site),
    ...telemetryHops(site),
  ];
  const merged = new Map<string, Hop>();
  for (const hop of hops) {
    const key = `${hop.purpose} ${hop.from} ${hop.to}`;
    const known = merged.get(key);
    merged.set(key, known ? { ...known, ...worst([known, hop]) } : hop);
  }
  return [...merged.values()];
}

/** A host whose configuration nobody knows may connect to anything. */
function unreadable(host: Host): Hop[] {
  const { userData, haproxy, web, mysql } = host;
  const value =
    userData === undefined
      ? "its user data, which it does not have"
      : [userData, haproxy, web, mysql].find(isUnknown);
  return value ? [{ purpose: "anything", from: host.name, to: "anyone", ...notKnown(host, value) }] : [];
}
