import { createHash } from "node:crypto";
import { paths } from "../paths";

/** Namespaces that exist as long as the lab does. */
export const namespaces = {
  /** Routers, filters, metadata and DNS: what AWS hides from its hosts. */
  vpc: (): string => `${paths.prefix()}-vpc`,
  /** Clients at 203.0.113.10. */
  internet: (): string => `${paths.prefix()}-internet`,
  /** AWS's own services at 192.0.2.10. */
  aws: (): string => `${paths.prefix()}-aws`,
};

/** Addresses that are the same in every lab (documentation ranges and AWS's link-local ones). */
export const wellKnown = {
  metadata: "169.254.169.254",
  dns: "169.254.169.253",
  /** The VPC's side of its link to the internet. */
  router: "203.0.113.1",
  client: "203.0.113.10",
  publicRange: "198.51.100.0/24",
  awsRouter: "192.0.2.1",
  aws: "192.0.2.10",
};

/** The VPC's interface towards the internet. */
export const internetLink = "igw";

/** The namespace that a host with this interface runs in. */
export function eniNamespace(eniId: string): string {
  return `${paths.prefix()}-${eniId}`;
}

/** The namespace of a NAT gateway. */
export function natNamespace(natId: string): string {
  return `${paths.prefix()}-${natId}`;
}

/** The VPC's end of a host's interface (Linux allows 15 characters: the id's last 12 are the varied ones). */
export function hostLink(eniId: string): string {
  return `e-${eniId.slice(-12)}`;
}

/** The VPC's end of a NAT gateway's interface; hosts' rules never match it. */
export function natLink(eniId: string): string {
  return `n-${eniId.slice(-12)}`;
}

/** The number of the Linux routing table that stands for an AWS route table; the same in every run. */
export function tableNumber(routeTableId: string): number {
  return 10_000 + parseInt(createHash("sha256").update(routeTableId).digest("hex").slice(0, 7), 16);
}

/** Routes to every interface of the VPC, looked at before any route table. */
export const localTable = 100;

/** An id in the characters that nftables allows in names. */
export function nftName(id: string): string {
  return id.replace(/[^A-Za-z0-9]/g, "_");
}
