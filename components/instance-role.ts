import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { tagsOf, type Tier } from "./tags";

export interface InstanceRoleArgs {
  tier: Tier;
  account: pulumi.Input<string>;
  region: string;
  bucket: pulumi.Input<string>;
  /** Keys of the bundles that the tier's hosts download. */
  bundles: string[];
  secretPrefix: string;
  /** The secrets that the tier's hosts read, below the prefix. */
  secrets: string[];
  /** The key of the secrets, and of the bucket where `encryptedBucket` is set. */
  keyArn: pulumi.Input<string>;
  encryptedBucket: boolean;
}

/**
 * What the hosts of one tier may do in AWS: read their own secrets and bundles, report that they are ready or
 * drained, and see whether they are asked to drain. Nothing else, and no listing.
 */
export class InstanceRole extends pulumi.ComponentResource {
  /** Name of the instance profile. */
  readonly profile: pulumi.Output<string>;

  constructor(name: string, args: InstanceRoleArgs, opts?: pulumi.ComponentResourceOptions) {
    super(`foobar:${args.tier}:InstanceRole`, name, args, opts);
    const parent = { parent: this };
    const tags = tagsOf(name, args.tier);
    const objects = (...keys: string[]) =>
      keys.map((key) => pulumi.interpolate`arn:aws:s3:::${args.bucket}/${key}`);
    const role = new aws.iam.Role(
      `${name}-role`,
      {
        description: `Hosts of the ${args.tier} tier`,
        assumeRolePolicy: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            { Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" },
          ],
        }),
        tags,
      },
      parent,
    );
    new aws.iam.RolePolicy(
      `${name}-policy`,
      {
        role: role.name,
        policy: pulumi.jsonStringify({
          Version: "2012-10-17",
          Statement: [
            {
              Sid: "OwnBundlesAndRequests",
              Effect: "Allow",
              Action: "s3:GetObject",
              Resource: objects(...args.bundles, "drain/*"),
            },
            {
              Sid: "Reports",
              Effect: "Allow",
              Action: "s3:PutObject",
              Resource: objects("ready/*", "drained/*"),
            },
            {
              Sid: "OwnSecrets",
              Effect: "Allow",
              Action: "secretsmanager:GetSecretValue",
              // Secrets Manager ends every ARN in a hyphen and six characters of its own.
              Resource: args.secrets.map(
                (path) =>
                  pulumi.interpolate`arn:aws:secretsmanager:${args.region}:${args.account}:secret:${args.secretPrefix}/${path}-??????`,
              ),
            },
            {
              Sid: "KeyOfThem",
              Effect: "Allow",
              Action: ["kms:Decrypt", ...(args.encryptedBucket ? ["kms:GenerateDataKey"] : [])],
              Resource: args.keyArn,
            },
          ],
        }),
      },
      parent,
    );
    this.profile = new aws.iam.InstanceProfile(`${name}-profile`, { role: role.name, tags }, parent).name;
    this.registerOutputs({ profile: this.profile });
  }
}
