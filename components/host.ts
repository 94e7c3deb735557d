import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { SiteHooks } from "./lifecycle/hooks";
import { HOST_RECORD_TTL_SEC } from "./render";
import { tagsOf, type Tier } from "./tags";

/** Where and on what a host runs; the same for all hosts of a tier but for the subnet and the size. */
export interface Placement {
  instanceType: string;
  /** Image id; see `imageId`. */
  image: pulumi.Input<string>;
  subnetId: pulumi.Input<string>;
  groupId: pulumi.Input<string>;
  /** Name of the instance profile. */
  profile: pulumi.Input<string>;
  /** The private zone. */
  zoneId: pulumi.Input<string>;
  domain: string;
  /** Encrypts the root disk with this key. @default not encrypted */
  keyArn?: pulumi.Input<string>;
  hooks: SiteHooks;
  /** What a host needs to boot: routes, firewall rules, bundles, secrets, rights. */
  bootAfter: pulumi.Resource[];
}

export interface HostArgs extends Placement {
  tier: Tier;
  /** Gzipped cloud-init, base64. A change replaces the host. */
  userData: pulumi.Input<string>;
  /** Whether the host may be reached from the internet, as far as its firewall lets. @default false */
  publicAddress?: boolean;
  /**
   * `new-first`: the new host takes the name when it serves, and only then the old one leaves. `old-first`: the old
   * host goes first, and the name is written as soon as the new one runs. @default "new-first"
   */
  replacement?: "new-first" | "old-first";
  /** Instances of `old-first` hosts that are replaced one after another: what this one waits for. @default none */
  replaceAfter?: pulumi.Resource[];
  /** Traffic switches before this host's. @default none */
  nameAfter?: pulumi.Resource[];
}

/** Room for the system, packages and logs on every root disk, GiB; data has volumes of its own. */
const ROOT_GIB = 16;

/**
 * A machine with a name: an EC2 instance and its record in the private zone. The record is the traffic switch: others
 * find the host by it, so it moves when the new host serves.
 */
export class Host extends pulumi.ComponentResource {
  readonly instanceId: pulumi.Output<string>;
  readonly privateIp: pulumi.Output<string>;
  /** `web-1.foobar.internal`. */
  readonly fqdn: string;
  /** The record: what the next host's switch depends on. */
  readonly record: aws.route53.Record;

  constructor(name: string, args: HostArgs, opts?: pulumi.ComponentResourceOptions) {
    const { hooks, bootAfter, replaceAfter = [], nameAfter = [], ...inputs } = args;
    super(`foobar:${args.tier}:Host`, name, inputs, opts);
    const newFirst = args.replacement !== "old-first";
    this.fqdn = `${name}.${args.domain}`;

    const instance = new aws.ec2.Instance(
      `${name}-instance`,
      {
        ami: args.image,
        instanceType: args.instanceType,
        subnetId: args.subnetId,
        vpcSecurityGroupIds: [args.groupId],
        iamInstanceProfile: args.profile,
        associatePublicIpAddress: args.publicAddress ?? false,
        userDataBase64: args.userData,
        userDataReplaceOnChange: true,
        // One hop: a process in a container, or a request that the host forwards, gets no credentials.
        metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
        rootBlockDevice: {
          volumeType: "gp3",
          volumeSize: ROOT_GIB,
          encrypted: args.keyArn !== undefined,
          kmsKeyId: args.keyArn,
          deleteOnTermination: true,
          tags: tagsOf(name, args.tier),
        },
        tags: tagsOf(name, args.tier),
      },
      {
        parent: this,
        dependsOn: [...bootAfter, ...replaceAfter],
        deleteBeforeReplace: !newFirst,
        // EC2 would stop and start the host in place, with its traffic on it.
        replaceOnChanges: ["ami", "instanceType", "rootBlockDevice"],
        hooks: { beforeDelete: [hooks.leaving] },
      },
    );
    this.instanceId = instance.id;
    this.privateIp = instance.privateIp;
    hooks.announce(name, instance.id);

    this.record = new aws.route53.Record(
      `${name}-record`,
      {
        zoneId: args.zoneId,
        name: this.fqdn,
        type: "A",
        ttl: HOST_RECORD_TTL_SEC,
        records: [instance.privateIp],
      },
      {
        parent: this,
        dependsOn: [instance, ...nameAfter],
        hooks: newFirst ? { beforeCreate: [hooks.named], beforeUpdate: [hooks.named] } : undefined,
      },
    );
    this.registerOutputs({ instanceId: this.instanceId, privateIp: this.privateIp, fqdn: this.fqdn });
  }
}
