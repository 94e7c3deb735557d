import * as pulumi from "@pulumi/pulumi";
import { awsAccess } from "./aws-access";
import { s3Signals, type Signals } from "./signals";

/** Signals in the bucket, reached as the AWS provider reaches AWS. */
export function awsSignals(bucket: pulumi.Output<string>, region: string): Signals {
  return s3Signals({
    ...awsAccess("s3", region),
    bucket: new Promise((resolve) => bucket.apply(resolve)),
    pathStyle: new pulumi.Config("aws").getBoolean("s3UsePathStyle") ?? false,
  });
}
