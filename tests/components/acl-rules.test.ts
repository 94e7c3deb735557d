import { aclRules, type AclRule } from "../../components/acl-rules";
import { planAddresses, type Place } from "../../components/address-plan";
import { siteFlows } from "../../components/flows";
import type { PortShape } from "../../components/render";
import { SHAPES } from "../support/shapes";

const plan = planAddresses("10.0.0.0/16");
const places: Place[] = ["public", "edge", "web", "data"];
type Side = Place | "internet";

/** What a network ACL does with a packet: the first rule that fits decides, and none means drop. */
function passes(
  shape: PortShape,
  place: Place,
  direction: "in" | "out",
  peer: string,
  port: number,
): boolean {
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
  return aclRules(place, siteFlows(shape), shape, plan).find(fits)?.action === "allow";
}

const address: Record<Side, string> = {
  public: "10.0.0.10",
  edge: "10.0.49.10",
  web: "10.0.17.10",
  data: "10.0.33.10",
  internet: "203.0.113.10",
};
/** A connection through both sides' ACLs, and its replies back. */
function connects(shape: PortShape, from: Side, to: Side, port: number, reply = 40000): boolean {
  const leaves =
    from === "internet" ||
    (passes(shape, from, "out", address[to], port) && passes(shape, from, "in", address[to], reply));
  const enters =
    to === "internet" ||
    (passes(shape, to, "in", address[from], port) && passes(shape, to, "out", address[from], reply));
  return leaves && enters;
}

test.each(Object.entries(SHAPES))(
  "the ACLs of %s stay within AWS's 20 rules a direction and repeat no number",
  (_name, shape) => {
    for (const place of places)
      for (const direction of ["in", "out"]) {
        const rules = aclRules(place, siteFlows(shape), shape, plan);
        const numbers = rules.filter((rule) => rule.direction === direction).map(({ number }) => number);
        expect(numbers.length).toBeLessThanOrEqual(20);
        expect(new Set(numbers).size).toBe(numbers.length);
      }
  },
);

const { baseline, hardened, between } = SHAPES;
test.each([
  [baseline, "internet", "public", 443],
  [baseline, "internet", "public", 80],
  [baseline, "public", "web", 8080],
  [baseline, "web", "data", 3306],
  [baseline, "web", "data", 9200],
  [baseline, "data", "data", 3306],
  [baseline, "public", "internet", 443],
  [baseline, "web", "internet", 443],
  [baseline, "data", "internet", 80],
  [hardened, "internet", "public", 443],
  [hardened, "public", "edge", 443],
  [hardened, "public", "edge", 80],
  [hardened, "public", "edge", 8405],
  [hardened, "edge", "edge", 10000],
  [hardened, "edge", "web", 8443],
  [hardened, "edge", "internet", 443],
  [hardened, "public", "edge", 22],
  [between, "edge", "web", 8080],
  [between, "edge", "web", 8443],
] as const)("%o lets %s open %s:%i and the replies return", (shape, from, to, port) => {
  expect(connects(shape, from, to, port)).toBe(true);
});

test.each([
  [baseline, "internet", "public", 22],
  [baseline, "public", "data", 3306],
  [baseline, "public", "data", 9200],
  [baseline, "public", "web", 9100],
  [baseline, "web", "public", 8404],
  [baseline, "web", "data", 9104],
  [baseline, "data", "web", 8080],
  [baseline, "web", "web", 8080],
  [hardened, "internet", "edge", 443],
  [hardened, "internet", "web", 8443],
  [hardened, "public", "web", 8443],
  [hardened, "public", "data", 3306],
  [hardened, "edge", "web", 8080],
  [hardened, "edge", "data", 3306],
  [hardened, "web", "edge", 443],
  [hardened, "web", "edge", 10000],
  [hardened, "data", "edge", 8405],
] as const)("%o stops %s at %s:%i", (shape, from, to, port) => {
  expect(connects(shape, from, to, port)).toBe(false);
});

test.each([
  [baseline, ["web", "data"]],
  [hardened, ["edge", "web", "data"]],
] as const)("what the NAT gateways fetch passes the public subnets both ways in %o", (shape, tiers) => {
  for (const tier of tiers) {
    expect(passes(shape, "public", "in", address[tier], 443)).toBe(true);
    expect(passes(shape, "public", "out", address.internet, 443)).toBe(true);
    expect(passes(shape, "public", "in", address.internet, 40000)).toBe(true);
    expect(passes(shape, "public", "out", address[tier], 40000)).toBe(true);
  }
});
