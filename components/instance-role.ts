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
  /** Whether the bucket's objects are encrypted with a KMS key. */
  encryptedBucket: boolean;
}

/**
 * What the hosts of one tier may do in AWS: read their own secrets and bundles, report that they are ready or
 * drained, and see whether they are asked to drain. Nothing else, and no listing.
 *
 * KMS is allowed by what is decrypted and not by which key: through Secrets Manager or S3 only, and for the encryption
 * context that these services bind to the tier's own secrets and to the bucket. That is narrower than naming the key,
 * which would open every secret under it. It is also known before the key exists, so that a preview shows the whole
 * policy. Contexts: "Secret encryption and decryption in AWS Secrets Manager", AWS Secrets Manager user guide; "Using
 * server-side encryption with AWS KMS keys", Amazon S3 user guide.
 */
export class InstanceRole extends pulumi.ComponentResource {
  /** Name of the instance profile. */
  readonly profile: pulumi.Output<string>;

  constructor(name: string, args: InstanceRoleArgs, opts?: pulumi.ComponentResourceOptions) {
    super(`foobar:${args.tier}:InstanceRole`, name, args, opts);
    const parent = { parent: this };
    const tags = tagsOf(name, args.tier);
    const bucketArn = pulumi.interpolate`arn:aws:s3:::${args.bucket}`;
    const objects = (...keys: string[]) => keys.map((key) => pulumi.interpolate`${bucketArn}/${key}`);
    // Who founded the database, said once and for all members.
    const own = args.tier === "data" ? ["database/*"] : [];
    // Secrets Manager ends every ARN in a hyphen and six characters of its own.
    const secrets = args.secrets.map(
      (path) =>
        pulumi.interpolate`arn:aws:secretsmanager:${args.region}:${args.account}:secret:${args.secretPrefix}/${path}-??????`,
    );
    const anyKey = pulumi.interpolate`arn:aws:kms:${args.region}:${args.account}:key/*`;
    const keyOfBucket = {
      Sid: "KeyOfBucket",
      Effect: "Allow",
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Resource: anyKey,
      Condition: {
        StringEquals: { "kms:ViaService": `s3.${args.region}.amazonaws.com` },
        // The bucket where its own bucket key is in use, the object otherwise.
        StringLike: { "kms:EncryptionContext:aws:s3:arn": [bucketArn, pulumi.interpolate`${bucketArn}/*`] },
      },
    };
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
              Resource: objects(...args.bundles, "drain/*", ...own),
            },
            {
              Sid: "Reports",
              Effect: "Allow",
              Action: "s3:PutObject",
              Resource: objects("ready/*", "drained/*", ...own),
            },
            ...(own.length > 0
              ? [{ Sid: "Forget", Effect: "Allow", Action: "s3:DeleteObject", Resource: objects(...own) }]
              : []),
            {
              Sid: "OwnSecrets",
              Effect: "Allow",
              Action: "secretsmanager:GetSecretValue",
              Resource: secrets,
            },
            {
              Sid: "KeyOfOwnSecrets",
              Effect: "Allow",
              Action: "kms:Decrypt",
              Resource: anyKey,
              Condition: {
                StringEquals: { "kms:ViaService": `secretsmanager.${args.region}.amazonaws.com` },
                StringLike: { "kms:EncryptionContext:SecretARN": secrets },
              },
            },
            ...(args.encryptedBucket ? [keyOfBucket] : []),
          ],
        }),
      },
      parent,
    );
    this.profile = new aws.iam.InstanceProfile(`${name}-profile`, { role: role.name, tags }, parent).name;
    this.registerOutputs({ profile: this.profile });
  }
}
