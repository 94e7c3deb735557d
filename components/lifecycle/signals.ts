import type { S3Client } from "@aws-sdk/client-s3";
import type { AwsAccess } from "./aws-access";

/** Small texts in the site's bucket, through which hosts and deployments tell each other how far they are. */
export interface Signals {
  /** The text, or undefined when there is none. */
  read(key: string): Promise<string | undefined>;
  write(key: string, text: string): Promise<void>;
  /** Every key that begins so. */
  list(prefix: string): Promise<string[]>;
  /** Removes the keys; those that do not exist are no error. */
  remove(keys: string[]): Promise<void>;
}

/** How to reach S3: what the stack tells the AWS provider, so that hooks and provider see the same cloud. */
export interface S3Settings extends AwsAccess {
  bucket: Promise<string>;
  pathStyle: boolean;
}

/** Signals in S3. The SDK is loaded by the first call, so a preview does not pay for it. */
export function s3Signals(settings: S3Settings): Signals {
  let opened: Promise<{ client: S3Client; sdk: typeof import("@aws-sdk/client-s3"); Bucket: string }>;
  const open = () =>
    (opened ??= (async () => {
      const sdk = await import("@aws-sdk/client-s3");
      const { region, endpoint, pathStyle, credentials, profile } = settings;
      const client = new sdk.S3Client({ region, endpoint, forcePathStyle: pathStyle, credentials, profile });
      return { client, sdk, Bucket: await settings.bucket };
    })());
  return {
    async read(key) {
      const { client, sdk, Bucket } = await open();
      try {
        const answer = await client.send(new sdk.GetObjectCommand({ Bucket, Key: key }));
        return await answer.Body?.transformToString();
      } catch (error) {
        if (error instanceof sdk.NoSuchKey) return undefined;
        throw error;
      }
    },
    async write(key, text) {
      const { client, sdk, Bucket } = await open();
      await client.send(new sdk.PutObjectCommand({ Bucket, Key: key, Body: text }));
    },
    async list(prefix) {
      const { client, sdk, Bucket } = await open();
      const keys: string[] = [];
      for await (const page of sdk.paginateListObjectsV2({ client }, { Bucket, Prefix: prefix }))
        for (const object of page.Contents ?? []) if (object.Key) keys.push(object.Key);
      return keys;
    },
    async remove(keys) {
      const { client, sdk, Bucket } = await open();
      for (const Key of keys) await client.send(new sdk.DeleteObjectCommand({ Bucket, Key }));
    },
  };
}
