import { InstanceRole } from "../../components/instance-role";
import { mockCloud, type Properties } from "../support/mocks";

const args = {
  tier: "web",
  account: "123456789012",
  region: "us-east-1",
  bucket: "foobar-test-1",
  bundles: ["bundles/host-1.tar.gz", "bundles/app-1.tar.gz"],
  secretPrefix: "foobar/test",
  secrets: ["tls/ca", "mysql/app"],
  encryptedBucket: false,
} as const;
const statements = async (more: Partial<{ encryptedBucket: boolean }> = {}) => {
  const cloud = await mockCloud();
  new InstanceRole("web-role", { ...args, bundles: [...args.bundles], secrets: [...args.secrets], ...more });
  await cloud.settled();
  const policy = JSON.parse(cloud.named("web-role-policy").inputs.policy as string) as {
    Statement: Properties[];
  };
  return { cloud, policy: policy.Statement };
};

test("is a role for EC2 alone, its policy and its profile", async () => {
  const { cloud } = await statements();
  expect(cloud.children("web-role")).toEqual([
    "aws:iam/instanceProfile:InstanceProfile web-role-profile",
    "aws:iam/role:Role web-role-role",
    "aws:iam/rolePolicy:RolePolicy web-role-policy",
  ]);
  expect(JSON.parse(cloud.named("web-role-role").inputs.assumeRolePolicy as string)).toMatchObject({
    Statement: [{ Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
  });
});

test("allows exactly its own bundles, reports, secrets and key", async () => {
  const { policy } = await statements();
  expect(policy.map(({ Effect, Action, Resource }) => [Effect, Action, Resource])).toEqual([
    [
      "Allow",
      "s3:GetObject",
      [
        "arn:aws:s3:::foobar-test-1/bundles/host-1.tar.gz",
        "arn:aws:s3:::foobar-test-1/bundles/app-1.tar.gz",
        "arn:aws:s3:::foobar-test-1/drain/*",
      ],
    ],
    ["Allow", "s3:PutObject", ["arn:aws:s3:::foobar-test-1/ready/*", "arn:aws:s3:::foobar-test-1/drained/*"]],
    [
      "Allow",
      "secretsmanager:GetSecretValue",
      [
        "arn:aws:secretsmanager:us-east-1:123456789012:secret:foobar/test/tls/ca-??????",
        "arn:aws:secretsmanager:us-east-1:123456789012:secret:foobar/test/mysql/app-??????",
      ],
    ],
    ["Allow", "kms:Decrypt", "arn:aws:kms:us-east-1:123456789012:key/*"],
  ]);
});

test("may use a key only through Secrets Manager and for its own secrets", async () => {
  const { policy } = await statements();
  expect(policy.filter(({ Sid }) => /^Key/.test(Sid as string))).toEqual([
    expect.objectContaining({
      Action: "kms:Decrypt",
      Condition: {
        StringEquals: { "kms:ViaService": "secretsmanager.us-east-1.amazonaws.com" },
        StringLike: {
          "kms:EncryptionContext:SecretARN": [
            "arn:aws:secretsmanager:us-east-1:123456789012:secret:foobar/test/tls/ca-??????",
            "arn:aws:secretsmanager:us-east-1:123456789012:secret:foobar/test/mysql/app-??????",
          ],
        },
      },
    }),
  ]);
});

test("may make data keys only where the bucket is encrypted with a key, and only for that bucket", async () => {
  const { policy } = await statements({ encryptedBucket: true });
  expect(policy.at(-1)).toMatchObject({
    Action: ["kms:Decrypt", "kms:GenerateDataKey"],
    Condition: {
      StringEquals: { "kms:ViaService": "s3.us-east-1.amazonaws.com" },
      StringLike: {
        "kms:EncryptionContext:aws:s3:arn": ["arn:aws:s3:::foobar-test-1", "arn:aws:s3:::foobar-test-1/*"],
      },
    },
  });
});
