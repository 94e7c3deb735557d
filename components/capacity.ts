import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

/** What a host of some type has. */
export interface Capacity {
  vcpus: number;
  memoryMiB: number;
}

/** HAProxy's largest weight (configuration manual 3.0, section 5.2, `weight`). */
const LARGEST_WEIGHT = 256;

/** Asks EC2 what an instance type has. Answered in a preview too. */
export function capacityOf(instanceType: string, opts?: pulumi.InvokeOutputOptions): pulumi.Output<Capacity> {
  return aws.ec2
    .getInstanceTypeOutput({ instanceType }, opts)
    .apply(({ defaultVcpus, memorySize }) => ({ vcpus: defaultVcpus, memoryMiB: memorySize }));
}

/**
 * Shares of the load, 1 to 256, for hosts of these capacities.
 *
 * A web host is as large as the scarcer of its two resources, counting one GiB of memory for each vCPU:
 * `size = min(vCPUs, GiB)`. The largest host gets 256 and the others their fraction of it, at least 1. Equal hosts get
 * equal weights; a t3.micro (2 vCPUs, 1 GiB) gets half of a t3.small's (2 vCPUs, 2 GiB).
 */
export function weightsOf(hosts: Capacity[]): number[] {
  const sizes = hosts.map(({ vcpus, memoryMiB }) => Math.min(vcpus, memoryMiB / 1024));
  const largest = Math.max(...sizes);
  return sizes.map((size) => Math.max(1, Math.round((LARGEST_WEIGHT * size) / largest)));
}
