import type { Tier } from "./tags";

/**
 * What a subnet is for. `public` has the internet gateway and whatever has a public address; the others hold the
 * hosts of a tier and reach out through NAT gateways only.
 */
export type Place = "public" | Tier;

/** Which addresses belong to which place: firewalls name a place by its block, whatever zones it spans. */
export interface AddressPlan {
  /** The whole VPC. */
  vpc: string;
  /** One /20 per place. */
  places: Record<Place, string>;
}

/** Where each place's /20 begins in the VPC's /16, in /24 steps. Sixteen subnets fit, six at most are used. */
const FIRST_SUBNET: Record<Place, number> = { public: 0, web: 16, data: 32, edge: 48 };

/** Divides a /16 between the places. Where a place or a zone is never depends on how many there are. */
export function planAddresses(vpc: string): AddressPlan {
  const block = (place: Place) => `${prefixOf(vpc)}.${FIRST_SUBNET[place]}.0/20`;
  return {
    vpc,
    places: { public: block("public"), edge: block("edge"), web: block("web"), data: block("data") },
  };
}

/** The /24 of a place in the zone at `zoneIndex`: 251 addresses, since AWS keeps five of every subnet. */
export function subnetBlock(vpc: string, place: Place, zoneIndex: number): string {
  return `${prefixOf(vpc)}.${FIRST_SUBNET[place] + zoneIndex}.0/24`;
}

/** Whether a text is a private /16 (RFC 1918), the size that the plan divides. */
export function isPrivate16(cidr: string): boolean {
  const match = /^(10|172|192)\.(\d{1,3})\.0\.0\/16$/.exec(cidr);
  if (!match) return false;
  const second = Number(match[2]);
  if (match[1] === "10") return second <= 255;
  return match[1] === "172" ? second >= 16 && second <= 31 : second === 168;
}

function prefixOf(vpc: string): string {
  return vpc.split(".").slice(0, 2).join(".");
}
