/** Which addresses are taken, and the next free one. */
import { formatAddress, parseAddress, parseCidr } from "./cidr";
import type { Model } from "./model";
import { Refusal } from "./refusal";

/** Public addresses of the lab's internet (a documentation range). */
const publicRange = { first: parseAddress("198.51.100.10")!, last: parseAddress("198.51.100.254")! };

function takenPrivate(model: Model): Set<unknown> {
  return new Set(
    [...model.all("ec2/instance"), ...model.all("ec2/natGateway"), ...model.all("lb/node")].map(
      ({ attributes }) => attributes.privateIp,
    ),
  );
}

/**
 * The lowest free address of a subnet. As on AWS the first four and the last are reserved.
 * Throws InsufficientFreeAddressesInSubnet when there is none.
 */
export function freePrivateAddress(model: Model, subnetId: string): string {
  const { start, size } = parseCidr(model.get("ec2/subnet", subnetId)!.properties.cidrBlock as string)!;
  const taken = takenPrivate(model);
  for (let value = start + 4; value < start + size - 1; value++)
    if (!taken.has(formatAddress(value))) return formatAddress(value);
  throw new Refusal(
    "InsufficientFreeAddressesInSubnet",
    `subnetId: want a subnet with a free address, got ${subnetId}, which is full; use a larger one`,
    "https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html",
  );
}

/** Refuses an address that lies outside the subnet, is reserved or taken. */
export function checkPrivateAddress(model: Model, subnetId: string, address: string): void {
  const { start, size } = parseCidr(model.get("ec2/subnet", subnetId)!.properties.cidrBlock as string)!;
  const value = parseAddress(address)!;
  if (value < start + 4 || value >= start + size - 1)
    throw new Refusal(
      "InvalidParameterValue",
      `privateIp: want an address of ${subnetId} beyond its first four and before its last, got ${address}; choose another`,
      "https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html",
    );
  if (takenPrivate(model).has(address))
    throw new Refusal(
      "InvalidIPAddress.InUse",
      `privateIp: want a free address, got ${address}, which is taken; choose another`,
    );
}

/** The lowest free public address. */
export function freePublicAddress(model: Model): string {
  const taken = new Set([
    ...model.all("ec2/eip").map(({ attributes }) => attributes.publicIp),
    ...model.all("ec2/instance").map(({ attributes }) => attributes.launchPublicIp),
    ...model.all("lb/node").map(({ attributes }) => attributes.publicIp),
  ]);
  for (let value = publicRange.first; value <= publicRange.last; value++)
    if (!taken.has(formatAddress(value))) return formatAddress(value);
  throw new Refusal(
    "AddressLimitExceeded",
    "address: want one of the lab's 245 public addresses, got none free; release some",
    "https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html",
  );
}

/** The public address that an instance answers to now: its elastic one, or else the one from its launch. */
export function publicAddressOf(model: Model, instanceId: string): string | undefined {
  const association = model
    .all("ec2/eipAssociation")
    .find(({ attributes }) => attributes.instanceId === instanceId);
  const elastic = model.get("ec2/eip", association?.properties.allocationId)?.attributes.publicIp;
  return (elastic ?? model.get("ec2/instance", instanceId)?.attributes.launchPublicIp) as string | undefined;
}
