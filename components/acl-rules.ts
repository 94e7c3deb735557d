import type { AddressPlan, Place } from "./address-plan";
import { placeOf, type Flow, type Peer } from "./flows";
import type { PortShape } from "./render";

/** One entry of a network ACL. */
export interface AclRule {
  number: number;
  direction: "in" | "out";
  action: "allow" | "deny";
  /** `-1` is every protocol and takes no ports. */
  protocol: "tcp" | "-1";
  cidr: string;
  ports?: [number, number];
}

/**
 * Place of every flow in the network ACLs, by where it comes from and goes to. Given once and never again: a new flow
 * renumbers no other, and while the load balancers move from public subnets to private ones both rules are there.
 */
const NUMBERS: Record<string, number> = {
  "internet>public:80": 100,
  "internet>public:443": 110,
  "public>web:8080": 120,
  "web>data:3306": 130,
  "web>data:9200": 140,
  "data>data:3306": 150,
  "data>data:9200": 160,
  "public>public:22": 170,
  "public>web:22": 180,
  "public>data:22": 190,
  "public>internet:80": 200,
  "public>internet:443": 210,
  "web>internet:80": 220,
  "web>internet:443": 230,
  "data>internet:80": 240,
  "data>internet:443": 250,
  "public>edge:80": 260,
  "public>edge:443": 270,
  "public>edge:8405": 280,
  "edge>edge:10000": 290,
  "edge>edge:8405": 300,
  "public>edge:22": 310,
  "edge>internet:80": 320,
  "edge>internet:443": 330,
  "edge>web:8080": 340,
  "edge>web:8443": 350,
  "public>web:8443": 360,
};

/** The order in which replies to the places are numbered. */
const PLACES: Place[] = ["public", "web", "data", "edge"];

/** Where replies go: Linux hands out ports from 32768, NAT gateways and clients from 1024. */
const EPHEMERAL: [number, number] = [1024, 65535];

/**
 * The network ACL of the subnets of a place. ACLs keep no state, so each flow also needs its replies let through:
 *
 * | numbers | what |
 * |---|---|
 * | 100–499 | flows |
 * | 500–599 | replies to and from other places; of the public one also what the NAT gateways hand back |
 * | 900 | anything else between addresses of the VPC is dropped … |
 * | 1000 | … so that this rule, replies to and from the internet, opens nothing inside |
 */
export function aclRules(
  place: Place,
  flows: Flow[],
  shape: Pick<PortShape, "entrance">,
  plan: AddressPlan,
): AclRule[] {
  const where = (peer: Peer) => (peer === "internet" ? peer : placeOf(peer, shape));
  const cidr = (at: Place | "internet") => (at === "internet" ? "0.0.0.0/0" : plan.places[at]);
  const rules = new Map<string, AclRule>();
  const replies = { in: new Set<Place | "internet">(), out: new Set<Place | "internet">() };
  const allow = (direction: "in" | "out", from: Place | "internet", to: Place | "internet", port: number) => {
    const number = numberOf(from, to, port);
    const other = direction === "in" ? from : to;
    const rule = { number, direction, action: "allow", protocol: "tcp", cidr: cidr(other) } as const;
    rules.set(`${direction} ${number}`, { ...rule, ports: [port, port] });
    replies[direction === "in" ? "out" : "in"].add(other);
  };
  for (const { from, to, port } of flows) {
    const [source, target] = [where(from), where(to)];
    if (target === place) allow("in", source, target, port);
    if (source === place) allow("out", source, target, port);
    // NAT gateways live in the public subnets: what they fetch for the others leaves from there and comes back there.
    if (place === "public" && target === "internet" && source !== "public") {
      allow("out", "public", "internet", port);
      replies.out.add(source);
    }
  }
  const list = [...rules.values()];
  for (const direction of ["in", "out"] as const) {
    for (const peer of replies[direction]) {
      const number = peer === "internet" ? 1000 : 500 + 10 * PLACES.indexOf(peer);
      const reply = { number, direction, action: "allow", protocol: "tcp", cidr: cidr(peer) } as const;
      list.push({ ...reply, ports: EPHEMERAL });
    }
    list.push({ number: 900, direction, action: "deny", protocol: "-1", cidr: plan.vpc });
  }
  return list.sort((a, b) => a.direction.localeCompare(b.direction) || a.number - b.number);
}

function numberOf(from: Place | "internet", to: Place | "internet", port: number): number {
  const key = `${from}>${to}:${port}`;
  const number = NUMBERS[key];
  if (number === undefined)
    throw new Error(`flow ${key}: want a number in the network ACLs, got none; give it one in acl-rules.ts`);
  return number;
}
