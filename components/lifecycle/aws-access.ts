import * as pulumi from "@pulumi/pulumi";

/** What a client of AWS's SDK is told; what is absent the SDK finds by its own search. */
export interface AwsAccess {
  region: string;
  /** @default AWS's own */
  endpoint?: string;
  /** @default the SDK's own search: environment, shared files, instance role */
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  /** @default the SDK's own search */
  profile?: string;
}

/**
 * AWS exactly as the AWS provider reaches it: with the stack's endpoint and credentials, or with what the environment
 * gives when the stack says nothing.
 * @param service the endpoint's name in `aws:endpoints`
 */
export function awsAccess(service: "s3" | "elbv2", region: string): AwsAccess {
  const config = new pulumi.Config("aws");
  const endpoints = config.getObject<Record<string, string | undefined>[]>("endpoints") ?? [];
  const accessKeyId = config.get("accessKey");
  const secretAccessKey = config.get("secretKey");
  return {
    region,
    endpoint: endpoints.find((endpoint) => endpoint[service] !== undefined)?.[service],
    credentials:
      accessKeyId && secretAccessKey
        ? { accessKeyId, secretAccessKey, sessionToken: config.get("token") }
        : undefined,
    profile: config.get("profile"),
  };
}
