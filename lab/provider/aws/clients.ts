/** Clients for the AWS APIs that a real server answers in the lab. */
import type { S3Client } from "@aws-sdk/client-s3";
import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type * as Client from "../../cloud/client";
import { load } from "../load";
import { labEndpoint, type Settings } from "../settings";

/** Settings that every client has in common; starts the lab's control daemon when it is the lab that is asked. */
async function common(service: "s3" | "secretsmanager", settings: Settings) {
  const endpoint = settings.endpoint(service);
  if (endpoint === labEndpoint) await load<typeof Client>("../cloud/client").ensureDaemon();
  return {
    region: settings.region,
    endpoint,
    credentials: { accessKeyId: settings.accessKey, secretAccessKey: settings.secretKey },
    maxAttempts: 3,
  };
}

const clients = new Map<string, Promise<unknown>>();

function once<T>(service: string, settings: Settings, make: () => Promise<T>): Promise<T> {
  const key = `${service} ${settings.region} ${settings.endpoint("s3")} ${settings.endpoint("secretsmanager")}`;
  if (!clients.has(key)) clients.set(key, make());
  const made = clients.get(key) as Promise<T>;
  // a daemon that could not start may start the next time
  made.catch(() => clients.delete(key));
  return made;
}

/** The S3 client of these settings, and the module whose commands it takes. */
export function s3(
  settings: Settings,
): Promise<{ sdk: typeof import("@aws-sdk/client-s3"); client: S3Client }> {
  return once("s3", settings, async () => {
    const sdk = load<typeof import("@aws-sdk/client-s3")>("@aws-sdk/client-s3");
    return { sdk, client: new sdk.S3Client({ ...(await common("s3", settings)), forcePathStyle: true }) };
  });
}

/** The Secrets Manager client of these settings, and the module whose commands it takes. */
export function secretsManager(
  settings: Settings,
): Promise<{ sdk: typeof import("@aws-sdk/client-secrets-manager"); client: SecretsManagerClient }> {
  return once("secretsmanager", settings, async () => {
    const sdk = load<typeof import("@aws-sdk/client-secrets-manager")>("@aws-sdk/client-secrets-manager");
    return { sdk, client: new sdk.SecretsManagerClient(await common("secretsmanager", settings)) };
  });
}

/** Whether a failed call says that the thing is not there. */
export const isMissing = (error: unknown): boolean =>
  [
    "NoSuchBucket",
    "NoSuchKey",
    "NotFound",
    "ResourceNotFoundException",
    "NoSuchBucketPolicy",
    "NoSuchPublicAccessBlockConfiguration",
    "ServerSideEncryptionConfigurationNotFoundError",
    "NoSuchTagSet",
  ].includes((error as Error).name);

/** Awaits a removal; what is gone already is no failure. */
export async function gone(removal: Promise<unknown>): Promise<void> {
  await removal.catch((error: unknown) => {
    if (!isMissing(error)) throw error;
  });
}
