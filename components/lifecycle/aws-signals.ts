import * as pulumi from "@pulumi/pulumi";
import { s3Signals, type Signals } from "./signals";

/**
 * Signals in the bucket, reached exactly as the AWS provider reaches AWS: with the stack's endpoint and credentials,
 * or with what the environment gives when the stack says nothing.
 */
export function awsSignals(bucket: pulumi.Output<string>, region: string): Signals {
  const config = new pulumi.Config("aws");
  const endpoints = config.getObject<{ s3?: string }[]>("endpoints") ?? [];
  const accessKeyId = config.get("accessKey");
  const secretAccessKey = config.get("secretKey");
  return s3Signals({
    bucket: new Promise((resolve) => bucket.apply(resolve)),
    region,
    endpoint: endpoints.find(({ s3 }) => s3 !== undefined)?.s3,
    pathStyle: config.getBoolean("s3UsePathStyle") ?? false,
    credentials:
      accessKeyId && secretAccessKey
        ? { accessKeyId, secretAccessKey, sessionToken: config.get("token") }
        : undefined,
    profile: config.get("profile"),
  });
}
