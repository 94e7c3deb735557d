import { acceptedPorts, type Chain, type Ruleset } from "../parse/nftables";

/** What is filtered: both versions of IP, or one. */
const WHOLE = ["inet"];
const HALVES = ["ip", "ip6"];

export type Hook = "input" | "output";

/** The base chains of a hook that filter IP. */
export function filters(rules: Ruleset, hook: Hook): Chain[] {
  return rules.tables
    .filter(({ family }) => [...WHOLE, ...HALVES].includes(family))
    .flatMap(({ chains }) => chains)
    .filter((chain) => chain.hook === hook && chain.type === "filter");
}

/** Whether every packet of a hook meets a chain that drops it unless a rule accepts it. */
export function dropsByDefault(rules: Ruleset, hook: Hook): boolean {
  const dropping = filters(rules, hook).filter(({ policy }) => policy === "drop");
  const families = new Set(dropping.map(({ table }) => table.family));
  return WHOLE.some((family) => families.has(family)) || HALVES.every((family) => families.has(family));
}

/**
 * Destination ports of TCP at which a new connection gets past every chain of a hook: a packet that one accepts goes
 * on to the next, and one that drops it has the last word ("Configuring chains", nftables wiki).
 */
export function openPorts(rules: Ruleset, hook: Hook): Set<"any" | number> {
  const chains = filters(rules, hook);
  // Chains of different families never see the same packet.
  const byFamily = new Map<string, Set<"any" | number>>();
  for (const chain of chains) {
    const ports = new Set(acceptedPorts(chain));
    const before = byFamily.get(chain.table.family);
    byFamily.set(chain.table.family, before ? both(before, ports) : ports);
  }
  const whole = byFamily.get("inet");
  const halves = HALVES.map((family) => byFamily.get(family)).filter((one) => one !== undefined);
  const open = new Set(halves.flatMap((one) => [...one]));
  if (!whole) return open;
  return halves.length > 0 ? both(whole, open) : whole;
}

function both(a: Set<"any" | number>, b: Set<"any" | number>): Set<"any" | number> {
  if (a.has("any")) return new Set([...b, ...a].filter((port) => port !== "any" || b.has("any")));
  if (b.has("any")) return new Set(a);
  return new Set([...a].filter((port) => b.has(port)));
}

/** Ports that some rule accepts from anywhere: it asks for no source address and no set of them. */
export function openToAnyone(rules: Ruleset, port: number): boolean {
  return filters(rules, "input").some((chain) => {
    const open = chain.rules.filter(({ words }) => !words.includes("saddr"));
    return acceptedPorts({ ...chain, rules: open }).some((one) => one === port);
  });
}
