import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

/** The publishers' AWS accounts: Debian's and Canonical's. An image by name is taken from nobody else. */
const OWNERS = { debian: "136693071363", ubuntu: "099720109477" };

/**
 * The id of a stack's pinned image: an id as it is, or the one image of that exact name by its publisher. There is no
 * "newest": a new image is a replacement of hosts that somebody asked for by changing the setting.
 */
export function imageId(publisher: keyof typeof OWNERS, pinned: string): pulumi.Input<string> {
  if (pinned.startsWith("ami-")) return pinned;
  return aws.ec2.getAmiOutput({
    owners: [OWNERS[publisher]],
    filters: [{ name: "name", values: [pinned] }],
  }).id;
}
