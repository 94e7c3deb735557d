/** S3 buckets and their settings, kept by the lab's AWS API. */
import type { S3Client } from "@aws-sdk/client-s3";
import type { Backend, Context, ResourceType } from "../resource";
import { flag, list, object, text } from "../rules";
import { equal, type Properties } from "../values";
import { gone, isMissing, s3 } from "./clients";
import { docs, json, tags } from "./common";

type Sdk = typeof import("@aws-sdk/client-s3");
const tokenTag = "foobar-lab:client-token";

const bucketName = text({
  replaces: true,
  max: 63,
  pattern: /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
  want: "3 to 63 lower-case letters, digits, dots and hyphens, a letter or digit at both ends",
  link: docs.bucketName,
  check: (value) =>
    /\.\.|^xn--|-s3alias$|^\d+\.\d+\.\d+\.\d+$/.test(value)
      ? `want a name without .. xn-- -s3alias and that is no address, got ${value}; see ${docs.bucketName}`
      : undefined,
});

/** Whether a bucket that is already there was made by an interrupted create with this token. */
async function isOurs(sdk: Sdk, client: S3Client, bucket: string, token: string): Promise<boolean> {
  try {
    const { TagSet = [] } = await client.send(new sdk.GetBucketTaggingCommand({ Bucket: bucket }));
    return TagSet.some(({ Key, Value }) => Key === tokenTag && Value === token);
  } catch (error) {
    if (!isMissing(error)) throw error;
    // killed between creating and tagging: nothing can be in it yet
    const { KeyCount = 0 } = await client.send(new sdk.ListObjectsV2Command({ Bucket: bucket, MaxKeys: 1 }));
    return KeyCount === 0;
  }
}

async function tagBucket(
  sdk: Sdk,
  client: S3Client,
  inputs: Properties,
  { settings }: Context,
): Promise<void> {
  const all = {
    ...settings.defaultTags,
    ...(inputs.tags as Record<string, string> | undefined),
    [tokenTag]: inputs.__clientToken as string,
  };
  const TagSet = Object.entries(all).map(([Key, Value]) => ({ Key, Value }));
  await client.send(
    new sdk.PutBucketTaggingCommand({ Bucket: inputs.bucket as string, Tagging: { TagSet } }),
  );
}

/** The tags that the bucket was given itself: without those of the provider and the lab's own. */
async function tagsOf(
  sdk: Sdk,
  client: S3Client,
  Bucket: string,
  defaults: Record<string, string>,
): Promise<Record<string, string> | undefined> {
  const { TagSet = [] } = await client
    .send(new sdk.GetBucketTaggingCommand({ Bucket }))
    .catch((error: unknown) => {
      if (isMissing(error)) return { TagSet: [] };
      throw error;
    });
  const own = TagSet.filter(({ Key, Value }) => Key !== tokenTag && defaults[Key!] !== Value);
  return own.length > 0
    ? (Object.fromEntries(own.map(({ Key, Value }) => [Key, Value])) as Record<string, string>)
    : undefined;
}

const bucketOutputs = (bucket: string, region: string): Properties => ({
  arn: `arn:aws:s3:::${bucket}`,
  bucketDomainName: `${bucket}.s3.amazonaws.com`,
  bucketRegionalDomainName: `${bucket}.s3.${region}.amazonaws.com`,
  hostedZoneId: "Z3AQBSTGFYJSTF",
});

async function exists(sdk: Sdk, client: S3Client, bucket: string): Promise<boolean> {
  return client.send(new sdk.HeadBucketCommand({ Bucket: bucket })).then(
    () => true,
    (error: unknown) => {
      if (isMissing(error)) return false;
      throw error;
    },
  );
}

async function emptyBucket(sdk: Sdk, client: S3Client, Bucket: string): Promise<void> {
  for (;;) {
    const page = await client.send(new sdk.ListObjectVersionsCommand({ Bucket }));
    const all = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].map(({ Key, VersionId }) => ({
      Key,
      VersionId,
    }));
    if (all.length === 0) return;
    await client.send(new sdk.DeleteObjectsCommand({ Bucket, Delete: { Objects: all, Quiet: true } }));
  }
}

const bucket: ResourceType = {
  token: "aws:s3/bucket:Bucket",
  inputs: {
    bucket: bucketName,
    forceDestroy: flag({ default: false }),
    objectLockEnabled: flag({ replaces: true }),
    tags,
  },
  autoname: { property: "bucket", limit: 63, lowerCase: true },
  clientToken: true,
  computed: ["arn", "bucketDomainName", "bucketRegionalDomainName", "hostedZoneId"],
  known: (_inputs, { region }) => ({ region }),
  backend: {
    async create(inputs, context) {
      const { sdk, client } = await s3(context.settings);
      const name = inputs.bucket as string;
      const { region } = context.settings;
      if (await exists(sdk, client, name)) {
        if (!(await isOurs(sdk, client, name, inputs.__clientToken as string)))
          throw new Error(
            `BucketAlreadyOwnedByYou: bucket: want a name that is free, got ${name}; choose another; see ${docs.bucketName}`,
          );
      } else {
        const where = region === "us-east-1" ? undefined : { LocationConstraint: region as never };
        await client.send(
          new sdk.CreateBucketCommand({
            Bucket: name,
            CreateBucketConfiguration: where,
            ObjectLockEnabledForBucket: inputs.objectLockEnabled as boolean | undefined,
          }),
        );
      }
      await tagBucket(sdk, client, inputs, context);
      return { id: name, outputs: bucketOutputs(name, region) };
    },
    async read(id, _state, { settings }) {
      const { sdk, client } = await s3(settings);
      if (!(await exists(sdk, client, id))) return undefined;
      const tags = await tagsOf(sdk, client, id, settings.defaultTags);
      return { id, outputs: { bucket: id, tags, ...bucketOutputs(id, settings.region) } };
    },
    async update(id, inputs, _state, context) {
      const { sdk, client } = await s3(context.settings);
      await tagBucket(sdk, client, inputs, context);
      return bucketOutputs(id, context.settings.region);
    },
    async delete(id, state, { settings }) {
      const { sdk, client } = await s3(settings);
      if (!(await exists(sdk, client, id))) return;
      if (state.forceDestroy === true) await emptyBucket(sdk, client, id);
      await gone(client.send(new sdk.DeleteBucketCommand({ Bucket: id })));
    },
  },
};

/** A setting of a bucket: written by one call, read by another and removed by a third. */
function setting(
  put: (sdk: Sdk, client: S3Client, inputs: Properties) => Promise<unknown>,
  get: (sdk: Sdk, client: S3Client, bucket: string, state: Properties) => Promise<Properties | undefined>,
  remove: (sdk: Sdk, client: S3Client, bucket: string) => Promise<unknown>,
): Backend {
  const write = async (inputs: Properties, { settings }: Context) => {
    const { sdk, client } = await s3(settings);
    await put(sdk, client, inputs);
    return { id: inputs.bucket as string, outputs: {} };
  };
  return {
    create: write,
    async read(id, state, { settings }) {
      const { sdk, client } = await s3(settings);
      const found = await get(sdk, client, id, state).catch((error: unknown) => {
        if (isMissing(error)) return undefined;
        throw error;
      });
      return found && { id, outputs: { bucket: id, ...found } };
    },
    update: async (_id, inputs, _state, context) => (await write(inputs, context)).outputs,
    async delete(id, _state, { settings }) {
      const { sdk, client } = await s3(settings);
      await gone(remove(sdk, client, id));
    },
  };
}

/** Whether two texts are the same JSON: the API may write it otherwise than it was given. */
function sameJson(a: string, b: unknown): boolean {
  return typeof b === "string" && equal(JSON.parse(a), JSON.parse(b));
}

const ofBucket = text({ required: true, replaces: true });

const versioning: ResourceType = {
  token: "aws:s3/bucketVersioning:BucketVersioning",
  inputs: {
    bucket: ofBucket,
    versioningConfiguration: object(
      { status: text({ required: true, oneOf: ["Enabled", "Suspended", "Disabled"] }) },
      { required: true },
    ),
  },
  computed: [],
  known: (_inputs, { region }) => ({ region }),
  backend: setting(
    async (sdk, client, { bucket: Bucket, versioningConfiguration: to }) => {
      const { status } = to as { status: "Enabled" | "Suspended" | "Disabled" };
      if (status !== "Disabled")
        await client.send(
          new sdk.PutBucketVersioningCommand({
            Bucket: Bucket as string,
            VersioningConfiguration: { Status: status },
          }),
        );
    },
    async (sdk, client, Bucket) => {
      const { Status = "Disabled" } = await client.send(new sdk.GetBucketVersioningCommand({ Bucket }));
      return { versioningConfiguration: { status: Status } };
    },
    (sdk, client, Bucket) =>
      client.send(
        new sdk.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Suspended" } }),
      ),
  ),
};

const encryption: ResourceType = {
  token: "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
  inputs: {
    bucket: ofBucket,
    rules: list(
      object({
        applyServerSideEncryptionByDefault: object({
          sseAlgorithm: text({ required: true, oneOf: ["AES256", "aws:kms", "aws:kms:dsse"] }),
          kmsMasterKeyId: text(),
        }),
        bucketKeyEnabled: flag(),
        blockedEncryptionTypes: list(text()),
      }),
      { required: true },
    ),
  },
  computed: [],
  known: (_inputs, { region }) => ({ region }),
  backend: setting(
    (sdk, client, { bucket: Bucket, rules }) =>
      client.send(
        new sdk.PutBucketEncryptionCommand({
          Bucket: Bucket as string,
          ServerSideEncryptionConfiguration: {
            Rules: (
              rules as {
                applyServerSideEncryptionByDefault?: { sseAlgorithm: string; kmsMasterKeyId?: string };
                bucketKeyEnabled?: boolean;
              }[]
            ).map((rule) => ({
              ApplyServerSideEncryptionByDefault: rule.applyServerSideEncryptionByDefault && {
                SSEAlgorithm: rule.applyServerSideEncryptionByDefault.sseAlgorithm as never,
                KMSMasterKeyID: rule.applyServerSideEncryptionByDefault.kmsMasterKeyId,
              },
              BucketKeyEnabled: rule.bucketKeyEnabled,
            })),
          },
        }),
      ),
    async (sdk, client, Bucket, state) => {
      const found = await client.send(new sdk.GetBucketEncryptionCommand({ Bucket }));
      const recorded = state.rules as Properties[];
      const rules = (found.ServerSideEncryptionConfiguration?.Rules ?? []).map((rule, index) => {
        const by = rule.ApplyServerSideEncryptionByDefault;
        return {
          // what the API does not keep stays as it is recorded
          ...recorded[index],
          ...(by && {
            applyServerSideEncryptionByDefault: {
              sseAlgorithm: by.SSEAlgorithm,
              kmsMasterKeyId: by.KMSMasterKeyID,
            },
          }),
        };
      });
      return { rules };
    },
    (sdk, client, Bucket) => client.send(new sdk.DeleteBucketEncryptionCommand({ Bucket })),
  ),
};

const publicAccessBlock: ResourceType = {
  token: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
  inputs: {
    bucket: ofBucket,
    blockPublicAcls: flag({ default: false }),
    blockPublicPolicy: flag({ default: false }),
    ignorePublicAcls: flag({ default: false }),
    restrictPublicBuckets: flag({ default: false }),
    skipDestroy: flag(),
  },
  computed: [],
  known: (_inputs, { region }) => ({ region }),
  backend: setting(
    (sdk, client, inputs) =>
      client.send(
        new sdk.PutPublicAccessBlockCommand({
          Bucket: inputs.bucket as string,
          PublicAccessBlockConfiguration: {
            BlockPublicAcls: inputs.blockPublicAcls as boolean,
            BlockPublicPolicy: inputs.blockPublicPolicy as boolean,
            IgnorePublicAcls: inputs.ignorePublicAcls as boolean,
            RestrictPublicBuckets: inputs.restrictPublicBuckets as boolean,
          },
        }),
      ),
    async (sdk, client, Bucket) => {
      const found = await client.send(new sdk.GetPublicAccessBlockCommand({ Bucket }));
      const blocks = found.PublicAccessBlockConfiguration;
      return {
        blockPublicAcls: blocks?.BlockPublicAcls === true,
        blockPublicPolicy: blocks?.BlockPublicPolicy === true,
        ignorePublicAcls: blocks?.IgnorePublicAcls === true,
        restrictPublicBuckets: blocks?.RestrictPublicBuckets === true,
      };
    },
    (sdk, client, Bucket) => client.send(new sdk.DeletePublicAccessBlockCommand({ Bucket })),
  ),
};

const policy: ResourceType = {
  token: "aws:s3/bucketPolicy:BucketPolicy",
  inputs: { bucket: ofBucket, policy: json({ required: true, max: 20480, link: docs.bucketPolicy }) },
  computed: [],
  known: (_inputs, { region }) => ({ region }),
  backend: setting(
    (sdk, client, inputs) =>
      client.send(
        new sdk.PutBucketPolicyCommand({ Bucket: inputs.bucket as string, Policy: inputs.policy as string }),
      ),
    async (sdk, client, Bucket, state) => {
      const { Policy = "" } = await client.send(new sdk.GetBucketPolicyCommand({ Bucket }));
      return { policy: sameJson(Policy, state.policy) ? state.policy : Policy };
    },
    (sdk, client, Bucket) => client.send(new sdk.DeleteBucketPolicyCommand({ Bucket })),
  ),
};

export const types: readonly ResourceType[] = [bucket, versioning, encryption, publicAccessBlock, policy];
