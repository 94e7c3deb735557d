import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { packFolder } from "./bundle";
import { tagsOf } from "./tags";

export interface StorageArgs {
  /** Exact name, known before anything exists, because hosts are told it in their user data. */
  bucket: pulumi.Input<string>;
  /** Folder with the scripts that hosts fetch at boot. */
  hostFolder: string;
  /** Path of the application: a tar.gz with server.js at its top. */
  appBundle: string;
  /** Encrypts objects with this key. @default Amazon S3's own key */
  keyArn?: pulumi.Input<string>;
  /** Whether objects outlive a destroyed stack. */
  protect: boolean;
}

/**
 * The site's bucket: what hosts download at boot, and the signals between hosts and deployments (`ready/`, `drain/`,
 * `drained/`). Bundles are named by their content, so that old and new hosts each find the one they were told of.
 */
export class Storage extends pulumi.ComponentResource {
  readonly bucket: pulumi.Output<string>;
  readonly hostBundleKey: string;
  readonly appBundleKey: string;

  constructor(name: string, args: StorageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("foobar:ops:Storage", name, args, opts);
    const parent = { parent: this };
    const tags = tagsOf(name, "ops");
    const bucket = new aws.s3.Bucket(
      `${name}-bucket`,
      { bucket: args.bucket, forceDestroy: !args.protect, tags },
      parent,
    );
    this.bucket = bucket.bucket;
    const blocked = new aws.s3.BucketPublicAccessBlock(
      `${name}-private`,
      {
        bucket: bucket.bucket,
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
      parent,
    );
    const versioning = new aws.s3.BucketVersioning(
      `${name}-versioning`,
      { bucket: bucket.bucket, versioningConfiguration: { status: "Enabled" } },
      parent,
    );
    new aws.s3.BucketPolicy(
      `${name}-tls-only`,
      {
        bucket: bucket.bucket,
        policy: pulumi.jsonStringify({
          Version: "2012-10-17",
          Statement: [
            {
              Sid: "TlsOnly",
              Effect: "Deny",
              Principal: "*",
              Action: "s3:*",
              Resource: [
                pulumi.interpolate`arn:aws:s3:::${args.bucket}`,
                pulumi.interpolate`arn:aws:s3:::${args.bucket}/*`,
              ],
              Condition: { Bool: { "aws:SecureTransport": "false" } },
            },
          ],
        }),
      },
      // Amazon S3 refuses changes to both at the same time.
      { parent: this, dependsOn: [blocked] },
    );
    const encryption =
      args.keyArn &&
      new aws.s3.BucketServerSideEncryptionConfiguration(
        `${name}-encryption`,
        {
          bucket: bucket.bucket,
          rules: [
            {
              applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: args.keyArn },
              bucketKeyEnabled: true,
            },
          ],
        },
        parent,
      );
    // What is stored earlier has no version, and is not encrypted with this key.
    const dependsOn = encryption ? [versioning, encryption] : [versioning];

    const bundle = (kind: "host" | "app", sha256: string, content: Partial<aws.s3.BucketObjectv2Args>) => {
      const key = `bundles/${kind}-${sha256.slice(0, 12)}.tar.gz`;
      new aws.s3.BucketObjectv2(
        `${name}-${kind}-bundle`,
        { bucket: bucket.bucket, key, contentType: "application/gzip", tags, ...content },
        { parent: this, dependsOn },
      );
      return key;
    };
    const host = packFolder(args.hostFolder);
    this.hostBundleKey = bundle("host", host.sha256, {
      contentBase64: Buffer.from(host.bytes).toString("base64"),
    });
    this.appBundleKey = bundle(
      "app",
      createHash("sha256").update(readFileSync(args.appBundle)).digest("hex"),
      {
        source: new pulumi.asset.FileAsset(args.appBundle),
      },
    );
    this.registerOutputs({ bucket: this.bucket });
  }
}
