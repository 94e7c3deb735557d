import type * as pulumi from "@pulumi/pulumi";
import type { Firewall } from "./firewall";
import { placeOf } from "./flows";
import type { Placement } from "./host";
import { InstanceRole, type InstanceRoleArgs } from "./instance-role";
import type { Network } from "./network";
import type { PortShape } from "./render";
import type { Tier } from "./tags";

/** What the hosts of all tiers have in common. */
export interface Ground extends Pick<Placement, "zoneId" | "domain" | "hooks" | "keyArn"> {
  network: Network;
  shape: PortShape;
  /** Who the hosts are in AWS, but for what their tier may read. */
  role: Omit<InstanceRoleArgs, "tier" | "bundles" | "secrets">;
  /** What every host downloads and reads, whatever its tier. */
  bundles: string[];
  secrets: string[];
  /** What must exist before any host boots. */
  bootAfter: pulumi.Resource[];
}

/** The hosts of one tier. */
export interface TierArgs {
  firewall: Firewall;
  image: pulumi.Input<string>;
  /** What they download and read besides. */
  bundles: string[];
  secrets: string[];
}

/** Where and as whom the hosts of a tier run: its role is made once, and each host differs by size and zone only. */
export function tierPlacement(
  ground: Ground,
  tier: Tier,
  args: TierArgs,
): (host: { instanceType: string; zone: string }) => Placement {
  const { network, shape, role: who, bundles, secrets, bootAfter, ...common } = ground;
  const role = new InstanceRole(`${tier}-role`, {
    ...who,
    tier,
    bundles: [...bundles, ...args.bundles],
    secrets: [...new Set([...args.secrets, ...secrets])],
  });
  return ({ instanceType, zone }) => ({
    ...common,
    instanceType,
    image: args.image,
    subnetId: network.subnets[placeOf(tier, shape)][zone],
    groupId: args.firewall.groupId,
    profile: role.profile,
    bootAfter: [network, args.firewall, ...bootAfter, role],
  });
}
