import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Storage } from "../../components/storage";
import { mockCloud } from "../support/mocks";

const folder = mkdtempSync(join(tmpdir(), "foobar-storage-"));
writeFileSync(join(folder, "boot"), "#!/bin/sh\n");
const appBundle = join(mkdtempSync(join(tmpdir(), "foobar-app-")), "app.tar.gz");
writeFileSync(appBundle, "one");
const args = { bucket: "foobar-test-1", hostFolder: folder, appBundle, protect: false };

test("is a private bucket that speaks TLS only, with both bundles in it", async () => {
  const cloud = await mockCloud();
  new Storage("storage", args);
  await cloud.settled();
  expect(cloud.children("storage")).toEqual([
    "aws:s3/bucket:Bucket storage-bucket",
    "aws:s3/bucketObjectv2:BucketObjectv2 storage-app-bundle",
    "aws:s3/bucketObjectv2:BucketObjectv2 storage-host-bundle",
    "aws:s3/bucketPolicy:BucketPolicy storage-tls-only",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock storage-private",
    "aws:s3/bucketVersioning:BucketVersioning storage-versioning",
  ]);
  expect(cloud.named("storage-private").inputs).toMatchObject({
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
  });
  const policy = JSON.parse(cloud.named("storage-tls-only").inputs.policy as string) as {
    Statement: unknown[];
  };
  expect(policy.Statement).toEqual([
    expect.objectContaining({
      Effect: "Deny",
      Principal: "*",
      Action: "s3:*",
      Resource: ["arn:aws:s3:::foobar-test-1", "arn:aws:s3:::foobar-test-1/*"],
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    }),
  ]);
});

test("names bundles by their content: the same is the same object, another is another", async () => {
  const cloud = await mockCloud();
  const first = new Storage("storage", args);
  const again = new Storage("again", args);
  expect([again.hostBundleKey, again.appBundleKey]).toEqual([first.hostBundleKey, first.appBundleKey]);
  expect(first.appBundleKey).toMatch(/^bundles\/app-[0-9a-f]{12}\.tar\.gz$/);
  expect(first.hostBundleKey).toMatch(/^bundles\/host-[0-9a-f]{12}\.tar\.gz$/);
  writeFileSync(appBundle, "two");
  expect(new Storage("other", args).appBundleKey).not.toBe(first.appBundleKey);
  await cloud.settled();
});

test("encrypts with the customer's key when it is given one", async () => {
  const cloud = await mockCloud();
  new Storage("storage", { ...args, keyArn: "arn:key" });
  await cloud.settled();
  expect(cloud.named("storage-encryption").inputs.rules).toEqual([
    {
      applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: "arn:key" },
      bucketKeyEnabled: true,
    },
  ]);
  for (const bundle of ["storage-host-bundle", "storage-app-bundle"])
    expect(cloud.named(bundle).dependsOn).toEqual(
      expect.arrayContaining(["storage-versioning", "storage-encryption"]),
    );
});

test("keeps its objects from a destroyed stack only where that is asked for", async () => {
  const cloud = await mockCloud();
  new Storage("storage", { ...args, protect: true });
  await cloud.settled();
  expect(cloud.named("storage-bucket").inputs.forceDestroy).toBe(false);
});
