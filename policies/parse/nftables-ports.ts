import type { Chain } from "./nftables-ruleset";

/** Names of `/etc/services` that firewalls of such a site use. */
const SERVICES: Record<string, number> = {
  ssh: 22,
  domain: 53,
  http: 80,
  ntp: 123,
  https: 443,
  syslog: 514,
  "http-alt": 8080,
  mysql: 3306,
  postgresql: 5432,
};

const TERMINAL = ["accept", "drop", "reject", "jump", "goto", "return", "queue"];

/**
 * The destination ports at which a new TCP connection from another host may get past a chain; `any` where a rule, or
 * the policy, lets it past without asking for the port. Whom a rule asks about the source is not looked at, nor is a
 * rule that drops only some: both would only make it less. In ascending order, `any` first.
 */
export function acceptedPorts(chain: Chain): ("any" | number)[] {
  const ports = new Set<"any" | number>();
  const passes = walk(chain, ports, [chain.name]);
  if (passes && chain.policy === "accept") ports.add("any");
  return [...ports].sort((a, b) => (a === "any" ? -1 : b === "any" ? 1 : a - b));
}

/** @returns whether a new connection may reach the end of the chain */
function walk(chain: Chain, ports: Set<"any" | number>, trail: string[]): boolean {
  for (const { words } of chain.rules) {
    const map = words.indexOf("vmap");
    if (!mayBeNewTcp(words)) continue;
    if (map >= 0) {
      if (words[map - 1] === "dport") portsOfMap(words.slice(map + 1), chain, ports, trail);
      continue;
    }
    const verdictAt = words.findIndex(
      (word, index) => TERMINAL.includes(word) && !["comment", "prefix"].includes(words[index - 1]),
    );
    if (verdictAt < 0) continue;
    const asked = portsAsked(words.slice(0, verdictAt), chain);
    const always = isUnconditional(words.slice(0, verdictAt));
    const verdict = words[verdictAt];
    if (verdict === "accept" || verdict === "queue") {
      for (const port of asked) ports.add(port);
      if (always) return false;
    } else if (verdict === "jump" || verdict === "goto") {
      const ends = follow(words[verdictAt + 1], asked, chain, ports, trail);
      if (always && (verdict === "goto" || !ends)) return false;
    } else if (always) {
      return verdict === "return";
    }
  }
  return true;
}

/** Ports that both the rule and the chain that it jumps to let past. @returns whether the end of that chain is reached */
function follow(
  name: string,
  asked: ("any" | number)[],
  chain: Chain,
  ports: Set<"any" | number>,
  trail: string[],
): boolean {
  const target = chain.table.chains.find((other) => other.name === name);
  if (!target || trail.includes(name)) return true;
  const inner = new Set<"any" | number>();
  const ends = walk(target, inner, [...trail, name]);
  for (const port of asked.includes("any") ? inner : asked)
    if (inner.has(port) || inner.has("any")) ports.add(port);
  return ends;
}

/** False for rules about the loopback interface, other protocols, and connections that are there already. */
function mayBeNewTcp(words: string[]): boolean {
  const text = words.join(" ");
  if (/\b(?:iif|oif)(?:name)? (?:== )?\{? ?lo\b/.test(text)) return false;
  if (/\b(?:meta l4proto|ip protocol|ip6 nexthdr) (?:== )?/.test(text)) {
    const after = values(
      words,
      words.findIndex((word) => ["l4proto", "protocol", "nexthdr"].includes(word)) + 1,
    );
    if (after.negated ? after.list.includes("tcp") : !after.list.some((one) => one === "tcp" || one === "6"))
      return false;
  }
  if (
    /^(?:.* )?(?:udp|icmp|icmpv6|sctp|dccp|esp|ah|arp|igmp) (?:dport|sport|type|code|spi|operation|length)\b/.test(
      text,
    )
  )
    return false;
  const state = words.findIndex((word, index) => word === "state" && words[index - 1] === "ct");
  if (state < 0) return true;
  if (words[state + 1] === "vmap") return /\bnew\b/.test(words.slice(state + 2).join(" "));
  const { list, negated } = values(words, state + 1);
  return negated ? !list.includes("new") : list.includes("new");
}

/** The values that a match compares with: one, a list of flags, or an anonymous set. */
function values(words: string[], start: number): { list: string[]; negated: boolean } {
  const negated = words[start] === "!=";
  const at = negated || words[start] === "==" ? start + 1 : start;
  if (words[at] === "{") {
    const end = words.indexOf("}", at);
    return { list: words.slice(at + 1, end).filter((word) => word !== ","), negated };
  }
  const list = [words[at]];
  for (let next = at + 1; words[next] === ","; next += 2) list.push(words[next + 1]);
  return { list, negated };
}

function portsAsked(words: string[], chain: Chain): ("any" | number)[] {
  const at = words.indexOf("dport");
  if (at < 0) return ["any"];
  const { list, negated } = values(words, at + 1);
  if (negated) return ["any"];
  return list.flatMap((text) => {
    if (!text.startsWith("@")) return portNumbers(text);
    const set = chain.table.sets.find(({ name }) => name === text.slice(1));
    return set ? set.elements.flatMap(portNumbers) : ["any" as const];
  });
}

/** `22`, `ssh`, `8000-8010`; a name that is not known here may be any port. */
function portNumbers(text: string): ("any" | number)[] {
  const [low, high = low] = text.split("-").map((one) => (/^\d+$/.test(one) ? Number(one) : NaN));
  if (Number.isInteger(low) && Number.isInteger(high))
    return Array.from({ length: high - low + 1 }, (_, index) => low + index);
  return [SERVICES[text] ?? "any"];
}

/** Whether a rule's words before its verdict only count, log or limit nothing away. */
function isUnconditional(words: string[]): boolean {
  return words.length === 0 || words[0] === "counter" || words[0] === "log";
}

function portsOfMap(words: string[], chain: Chain, ports: Set<"any" | number>, trail: string[]): void {
  const named = words[0]?.startsWith("@") && chain.table.sets.find(({ name }) => name === words[0].slice(1));
  const entries = named ? named.elements : words.slice(1, words.indexOf("}")).join(" ").split(" , ");
  for (const entry of entries) {
    const [key, verdict = ""] = entry.split(" : ");
    const [what, target] = verdict.trim().split(" ");
    if (what === "accept") for (const port of portNumbers(key.trim())) ports.add(port);
    if (what === "jump" || what === "goto") follow(target, portNumbers(key.trim()), chain, ports, trail);
  }
}
