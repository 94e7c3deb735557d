/** Objects in S3. */
import { readFile } from "node:fs/promises";
import type { Context, ResourceType } from "../resource";
import { asset, flag, map, text } from "../rules";
import { isAsset, type Properties } from "../values";
import { gone, isMissing, s3 } from "./clients";
import { docs, tags } from "./common";

const contents = ["source", "content", "contentBase64"] as const;

async function bodyOf(inputs: Properties): Promise<Buffer> {
  const { source, content, contentBase64 } = inputs;
  if (typeof content === "string") return Buffer.from(content);
  if (typeof contentBase64 === "string") return Buffer.from(contentBase64, "base64");
  if (isAsset(source) && source.text !== undefined) return Buffer.from(source.text);
  if (isAsset(source) && source.path !== undefined) return readFile(source.path);
  return Buffer.alloc(0);
}

async function put(inputs: Properties, { settings }: Context): Promise<{ id: string; outputs: Properties }> {
  const { sdk, client } = await s3(settings);
  const [Bucket, Key] = [inputs.bucket as string, inputs.key as string];
  const all = { ...settings.defaultTags, ...(inputs.tags as Record<string, string> | undefined) };
  const done = await client.send(
    new sdk.PutObjectCommand({
      Bucket,
      Key,
      Body: await bodyOf(inputs),
      CacheControl: inputs.cacheControl as string | undefined,
      ContentDisposition: inputs.contentDisposition as string | undefined,
      ContentEncoding: inputs.contentEncoding as string | undefined,
      ContentType: inputs.contentType as string | undefined,
      Metadata: inputs.metadata as Record<string, string> | undefined,
      ServerSideEncryption: inputs.serverSideEncryption as never,
      SSEKMSKeyId: inputs.kmsKeyId as string | undefined,
      Tagging: Object.keys(all).length > 0 ? new URLSearchParams(all).toString() : undefined,
    }),
  );
  const etag = (done.ETag ?? "").replaceAll('"', "");
  return {
    id: Key,
    outputs: { etag, versionId: done.VersionId ?? "", arn: `arn:aws:s3:::${Bucket}/${Key}` },
  };
}

const bucketObject: ResourceType = {
  token: "aws:s3/bucketObjectv2:BucketObjectv2",
  inputs: {
    bucket: text({ required: true, replaces: true }),
    key: text({
      required: true,
      replaces: true,
      check: (value) =>
        Buffer.byteLength(value) > 1024
          ? `want at most 1024 bytes, got ${Buffer.byteLength(value)}; see ${docs.objectKey}`
          : undefined,
    }),
    source: asset(),
    content: text(),
    contentBase64: text(),
    sourceHash: text(),
    etag: text(),
    cacheControl: text(),
    contentDisposition: text(),
    contentEncoding: text(),
    contentType: text({ default: "application/octet-stream" }),
    metadata: map(),
    serverSideEncryption: text({ oneOf: ["AES256", "aws:kms", "aws:kms:dsse"] }),
    kmsKeyId: text(),
    forceDestroy: flag({ default: false }),
    tags,
  },
  computed: ["arn", "etag", "versionId"],
  known: (_inputs, { region }) => ({ region }),
  check: (inputs) => {
    const given = contents.filter((name) => inputs[name] !== undefined);
    return given.length > 1
      ? [
          {
            property: given[1],
            reason: `content: want one of ${contents.join(", ")}, got ${given.join(" and ")}; keep one`,
          },
        ]
      : [];
  },
  backend: {
    create: put,
    async read(id, state, { settings }) {
      const { sdk, client } = await s3(settings);
      try {
        const found = await client.send(
          new sdk.HeadObjectCommand({ Bucket: state.bucket as string, Key: id }),
        );
        return {
          id,
          outputs: {
            etag: (found.ETag ?? "").replaceAll('"', ""),
            versionId: found.VersionId ?? "",
            arn: state.arn,
            contentType: found.ContentType,
            cacheControl: found.CacheControl,
            contentDisposition: found.ContentDisposition,
            contentEncoding: found.ContentEncoding,
          },
        };
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    update: async (_id, inputs, _state, context) => (await put(inputs, context)).outputs,
    async delete(id, state, { settings }) {
      const { sdk, client } = await s3(settings);
      const Bucket = state.bucket as string;
      // every version goes, or the bucket could never be removed
      const page = await client
        .send(new sdk.ListObjectVersionsCommand({ Bucket, Prefix: id }))
        .catch((error: unknown) => {
          if (isMissing(error)) return {};
          throw error;
        });
      const versions = [
        ...("Versions" in page ? (page.Versions ?? []) : []),
        ...("DeleteMarkers" in page ? (page.DeleteMarkers ?? []) : []),
      ];
      for (const { Key, VersionId } of versions.filter(({ Key: key }) => key === id))
        await gone(client.send(new sdk.DeleteObjectCommand({ Bucket, Key, VersionId })));
    },
  },
};

export const types: readonly ResourceType[] = [bucketObject];
