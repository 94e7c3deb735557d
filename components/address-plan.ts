import type { Tier } from "./tags";

/** Which addresses belong to which tier: firewalls name a tier by its block, whatever zones it spans. */
export interface AddressPlan {
  /** The whole VPC. */
  vpc: string;
  /** One /20 per tier. */
  tiers: Record<Tier, string>;
}

/** Where each tier's /20 begins in the VPC's /16, in /24 steps. Sixteen subnets fit, six at most are used. */
const FIRST_SUBNET: Record<Tier, number> = { edge: 0, web: 16, data: 32 };

/** Divides a /16 between the tiers. The place of a tier or a zone never depends on how many there are. */
export function planAddresses(vpc: string): AddressPlan {
  const block = (tier: Tier) => `${prefixOf(vpc)}.${FIRST_SUBNET[tier]}.0/20`;
  return { vpc, tiers: { edge: block("edge"), web: block("web"), data: block("data") } };
}

/** The /24 of a tier in the zone at `zoneIndex`: 251 hosts, since AWS keeps five addresses of every subnet. */
export function subnetBlock(vpc: string, tier: Tier, zoneIndex: number): string {
  return `${prefixOf(vpc)}.${FIRST_SUBNET[tier] + zoneIndex}.0/24`;
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
