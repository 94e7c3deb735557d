import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { tagsOf } from "./tags";

export interface AccessArgs {
  vpcId: pulumi.Input<string>;
  /** A subnet of the edge. The endpoint itself needs no way to the internet. */
  subnetId: pulumi.Input<string>;
}

/**
 * A shell on any host with IAM in place of a bastion: `aws ec2-instance-connect ssh --instance-id … `. There is no
 * host to maintain, no port open to the internet and no key to hand out. One endpoint serves the VPC (AWS allows no
 * second one); its security group gets its ways out from the firewalls that let it in.
 */
export class Access extends pulumi.ComponentResource {
  readonly groupId: pulumi.Output<string>;

  constructor(name: string, args: AccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("foobar:ops:Access", name, args, opts);
    const parent = { parent: this };
    const group = new aws.ec2.SecurityGroup(
      `${name}-group`,
      {
        vpcId: args.vpcId,
        description: "Instance Connect Endpoint",
        revokeRulesOnDelete: true,
        tags: tagsOf(name, "ops"),
      },
      parent,
    );
    this.groupId = group.id;
    new aws.ec2transitgateway.InstanceConnectEndpoint(
      `${name}-endpoint`,
      {
        subnetId: args.subnetId,
        securityGroupIds: [group.id],
        // Hosts then see the endpoint's group, which is what their firewalls name.
        preserveClientIp: false,
        tags: tagsOf(name, "ops"),
      },
      parent,
    );
    this.registerOutputs({ groupId: this.groupId });
  }
}
