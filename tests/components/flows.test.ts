import { planAddresses } from "../../components/address-plan";
import { aclRules, siteFlows, type AclRule } from "../../components/flows";
import { listeningPorts } from "../../components/render";
import type { Tier } from "../../components/tags";

const plan = planAddresses("10.0.0.0/16");
const flows = siteFlows();
const tiers: Tier[] = ["edge", "web", "data"];

/** What a network ACL does with a packet: the first rule that fits decides, and none means drop. */
function passes(tier: Tier, direction: "in" | "out", peer: string, port: number): boolean {
  const number = (address: string) => address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const inside = (cidr: string) => {
    const [network, bits] = cidr.split("/");
    const size = 2 ** (32 - Number(bits));
    return Math.floor(number(peer) / size) === Math.floor(number(network) / size);
  };
  const fits = (rule: AclRule) =>
    rule.direction === direction &&
    inside(rule.cidr) &&
    (rule.ports === undefined || (port >= rule.ports[0] && port <= rule.ports[1]));
  return aclRules(tier, flows, plan).find(fits)?.action === "allow";
}

const address: Record<Tier | "internet", string> = {
  edge: "10.0.0.10",
  web: "10.0.17.10",
  data: "10.0.33.10",
  internet: "203.0.113.10",
};
/** A connection through both tiers' ACLs, and its replies back. */
function connects(from: Tier | "internet", to: Tier | "internet", port: number, reply = 40000): boolean {
  return (
    (from === "internet" ||
      (passes(from, "out", address[to], port) && passes(from, "in", address[to], reply))) &&
    (to === "internet" || (passes(to, "in", address[from], port) && passes(to, "out", address[from], reply)))
  );
}

test("the flows are what hosts listen on, shells, and the way out: nothing else", () => {
  const names = {
    lb: "edge",
    web: "web",
    db: "data",
    internet: "internet",
    entrance: "internet",
    loopback: "",
  } as const;
  const listened = (["lb", "web", "db"] as const).flatMap((tier) =>
    listeningPorts(tier).flatMap(({ port, from }) =>
      from.filter((peer) => peer !== "loopback").map((peer) => `${names[peer]}>${names[tier]}:${port}`),
    ),
  );
  const others = flows.filter(({ from, to }) => from !== "access" && to !== "internet");
  expect(others.map(({ from, to, port }) => `${from}>${to}:${port}`).sort()).toEqual(listened.sort());
});

test("every flow has a number of its own among the ACLs' rules for flows", () => {
  const numbers = flows.map(({ number }) => number);
  expect(new Set(numbers).size).toBe(numbers.length);
  for (const number of numbers) expect(number >= 100 && number < 500).toBe(true);
});

test.each(tiers)(
  "the ACL of the %s tier stays within AWS's 20 rules a direction and repeats no number",
  (tier) => {
    for (const direction of ["in", "out"]) {
      const numbers = aclRules(tier, flows, plan).filter((rule) => rule.direction === direction);
      expect(numbers.length).toBeLessThanOrEqual(20);
      expect(new Set(numbers.map(({ number }) => number)).size).toBe(numbers.length);
    }
  },
);

test.each([
  ["internet", "edge", 443],
  ["internet", "edge", 80],
  ["edge", "web", 8080],
  ["web", "data", 3306],
  ["web", "data", 9200],
  ["data", "data", 3306],
  ["edge", "internet", 443],
  ["web", "internet", 443],
  ["data", "internet", 80],
] as const)("the ACLs let %s open %s:%i and the replies return", (from, to, port) => {
  expect(connects(from, to, port)).toBe(true);
});

test.each([
  ["internet", "edge", 22],
  ["edge", "data", 3306],
  ["edge", "data", 9200],
  ["edge", "web", 9100],
  ["edge", "web", 3306],
  ["web", "edge", 8404],
  ["web", "data", 9104],
  ["data", "web", 8080],
  ["data", "web", 9100],
  ["web", "web", 8080],
] as const)("the ACLs stop %s at %s:%i", (from, to, port) => {
  // In one subnet there is no ACL; between two of a tier there are both.
  expect(connects(from, to, port)).toBe(false);
});

test("what the NAT gateway fetches for the inner tiers passes the edge's ACL both ways", () => {
  for (const tier of ["web", "data"] as const) {
    expect(passes("edge", "in", address[tier], 443)).toBe(true);
    expect(passes("edge", "out", address.internet, 443)).toBe(true);
    expect(passes("edge", "in", address.internet, 40000)).toBe(true);
    expect(passes("edge", "out", address[tier], 40000)).toBe(true);
  }
});
