import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { tagsOf } from "./tags";

export interface EncryptionKeyArgs {
  /** Twelve digits. */
  account: pulumi.Input<string>;
  /** Whether the key may not be deleted by a deployment. */
  protect: boolean;
}

/**
 * The customer's own KMS key, rotated yearly. It encrypts the secrets, and the volumes and the bucket where
 * `encryptAtRest` is set. Who may use it is decided by IAM: the key's policy only hands it to the account, because a
 * key policy may name no role that does not exist yet.
 */
export class EncryptionKey extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;

  constructor(name: string, args: EncryptionKeyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("foobar:ops:EncryptionKey", name, args, opts);
    const key = new aws.kms.Key(
      `${name}-key`,
      {
        description: `${pulumi.getProject()} ${pulumi.getStack()}`,
        enableKeyRotation: true,
        // The shortest that AWS allows where mistakes are cheap, the longest where they are not.
        deletionWindowInDays: args.protect ? 30 : 7,
        policy: pulumi.jsonStringify({
          Version: "2012-10-17",
          Statement: [
            {
              Sid: "AccountDecidesByIam",
              Effect: "Allow",
              Principal: { AWS: pulumi.interpolate`arn:aws:iam::${args.account}:root` },
              Action: "kms:*",
              Resource: "*",
            },
          ],
        }),
        tags: tagsOf(name, "ops"),
      },
      { parent: this, protect: args.protect },
    );
    this.arn = key.arn;
    new aws.kms.Alias(
      `${name}-alias`,
      { name: `alias/${pulumi.getProject()}-${pulumi.getStack()}`, targetKeyId: key.keyId },
      { parent: this },
    );
    this.registerOutputs({ arn: this.arn });
  }
}
