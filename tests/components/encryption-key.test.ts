import { EncryptionKey } from "../../components/encryption-key";
import { mockCloud } from "../support/mocks";

test("is a rotated key with an alias, which the account's IAM decides about", async () => {
  const cloud = await mockCloud();
  new EncryptionKey("encryption", { account: "123456789012", protect: false });
  await cloud.settled();
  expect(cloud.children("encryption")).toEqual([
    "aws:kms/alias:Alias encryption-alias",
    "aws:kms/key:Key encryption-key",
  ]);
  const { inputs, protect } = cloud.named("encryption-key");
  expect(inputs).toMatchObject({ enableKeyRotation: true, deletionWindowInDays: 7 });
  expect(protect).toBe(false);
  expect(JSON.parse(inputs.policy as string)).toMatchObject({
    Statement: [{ Principal: { AWS: "arn:aws:iam::123456789012:root" }, Action: "kms:*" }],
  });
  expect(cloud.named("encryption-alias").inputs.name).toBe("alias/foobar-test");
});

test("cannot be deleted by a deployment where that is asked for", async () => {
  const cloud = await mockCloud();
  new EncryptionKey("encryption", { account: "123456789012", protect: true });
  await cloud.settled();
  expect(cloud.named("encryption-key")).toMatchObject({
    protect: true,
    inputs: { deletionWindowInDays: 30 },
  });
});
