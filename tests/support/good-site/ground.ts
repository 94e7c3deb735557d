import { addAcls, addGroups } from "./firewall";
import type { Fixture, Reference } from "./fixture";
import { addNetwork } from "./network";
import { ACCOUNT, BUCKET, DOMAIN, REGION, TIERS, type Ground, type Plan, type Tier } from "./plan";

/** The key's alias: a name that is known before the key exists, so that policies can be read in a preview. */
const KEY_ALIAS = "alias/foobar-prod";

export const document = (statements: object[]) =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });

/** Addresses, firewalls, the key, the bucket, rights, and a way in for people. */
export function addGround(stack: Fixture, plan: Plan, secrets: Record<Tier, string[]>): Ground {
  const { vpc, internet, subnets } = addNetwork(stack, plan);
  const groups = addGroups({ stack, vpc });
  addAcls({ stack, vpc, subnets });
  stack.add("aws:ec2transitgateway/instanceConnectEndpoint:InstanceConnectEndpoint", "access-endpoint", {
    subnetId: subnets.edge[plan.zones[0]],
    securityGroupIds: [groups.access],
    preserveClientIp: false,
  });
  const privateZone = stack.add("aws:route53/zone:Zone", "private-zone", {
    name: DOMAIN,
    comment: "Hosts, by name",
    vpcs: [{ vpcId: vpc }],
  });
  const key = addKey(stack);
  const bucket = addBucket(stack, key);
  stack.add("aws:ec2/flowLog:FlowLog", "network-flows", {
    vpcId: vpc,
    trafficType: "ALL",
    logDestinationType: "s3",
    logDestination: bucket.known(`arn:aws:s3:::${BUCKET}/flows/`),
    maxAggregationInterval: 60,
  });
  const profiles = Object.fromEntries(
    TIERS.map((tier) => [tier, addRole(stack, tier, secrets[tier])]),
  ) as Record<Tier, Reference>;
  return { stack, plan, vpc, internet, subnets, key, bucket, groups, profiles, privateZone };
}

function addKey(stack: Fixture): Reference {
  const key = stack.add("aws:kms/key:Key", "encryption-key", {
    description: "foobar prod",
    enableKeyRotation: true,
    deletionWindowInDays: 30,
    policy: document([
      {
        Sid: "AccountDecidesByIam",
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
        Action: "kms:*",
        Resource: "*",
      },
    ]),
  });
  stack.add("aws:kms/alias:Alias", "encryption-alias", { name: KEY_ALIAS, targetKeyId: key });
  return key;
}

/** One bucket: bundles, signals of deployments, the archive of logs. Closed, versioned, encrypted, TLS only. */
function addBucket(stack: Fixture, key: Reference): Reference {
  const made = stack.add("aws:s3/bucket:Bucket", "storage-bucket", { bucket: BUCKET, forceDestroy: false });
  const bucket = made.known(BUCKET);
  const closed = stack.add("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "storage-private", {
    bucket,
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
  });
  stack.add("aws:s3/bucketVersioning:BucketVersioning", "storage-versioning", {
    bucket,
    versioningConfiguration: { status: "Enabled" },
  });
  stack.add(
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "storage-encryption",
    {
      bucket,
      rules: [
        {
          applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: key },
          bucketKeyEnabled: true,
        },
      ],
    },
  );
  stack.add("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "storage-lifecycle", {
    bucket,
    rules: [{ id: "logs", status: "Enabled", filter: { prefix: "logs/" }, expiration: { days: 400 } }],
  });
  stack.add(
    "aws:s3/bucketPolicy:BucketPolicy",
    "storage-tls-only",
    {
      bucket,
      policy: document([
        {
          Sid: "TlsOnly",
          Effect: "Deny",
          Principal: "*",
          Action: "s3:*",
          Resource: [`arn:aws:s3:::${BUCKET}`, `arn:aws:s3:::${BUCKET}/*`],
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        },
      ]),
    },
    { dependsOn: [closed] },
  );
  return made;
}

/** What the hosts of a tier may do in AWS, as `InstanceRole` gives it. */
function addRole(stack: Fixture, tier: Tier, secrets: string[]): Reference {
  const objects = (...keys: string[]) => keys.map((key) => `arn:aws:s3:::${BUCKET}/${key}`);
  const bundles = [
    "bundles/host-0a1b2c3d4e5f.tar.gz",
    ...(tier === "web" ? ["bundles/app-5f4e3d2c1b0a.tar.gz"] : []),
  ];
  const role = stack.add("aws:iam/role:Role", `${tier}-role`, {
    description: `Hosts of the ${tier} tier`,
    assumeRolePolicy: document([
      { Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" },
    ]),
  });
  stack.add("aws:iam/rolePolicy:RolePolicy", `${tier}-role-policy`, {
    role,
    policy: document([
      {
        Sid: "OwnBundlesAndRequests",
        Effect: "Allow",
        Action: "s3:GetObject",
        Resource: objects(...bundles, "drain/*"),
      },
      { Sid: "Reports", Effect: "Allow", Action: "s3:PutObject", Resource: objects("ready/*", "drained/*") },
      {
        Sid: "OwnSecrets",
        Effect: "Allow",
        Action: "secretsmanager:GetSecretValue",
        Resource: secrets.map(
          (path) => `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:foobar/prod/${path}-??????`,
        ),
      },
      {
        Sid: "KeyOfThem",
        Effect: "Allow",
        Action: ["kms:Decrypt", "kms:GenerateDataKey"],
        Resource: `arn:aws:kms:${REGION}:${ACCOUNT}:key/*`,
        Condition: { "ForAnyValue:StringEquals": { "kms:ResourceAliases": KEY_ALIAS } },
      },
    ]),
  });
  return stack.add("aws:iam/instanceProfile:InstanceProfile", `${tier}-role-profile`, { role });
}
