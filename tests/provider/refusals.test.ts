/** What AWS would refuse is refused by the plan already. */
import { check } from "../../lab/provider/check";
import { diff } from "../../lab/provider/diff";
import { resourceType } from "../../lab/provider/registry";
import { examples } from "./examples";

const reasons = (token: string, news: Record<string, unknown>): string[] =>
  check(
    resourceType(token),
    `urn:pulumi:lab::foobar::${token}::thing`,
    {},
    Object.fromEntries(
      Object.entries({ ...examples[token], ...news }).filter(([, value]) => value !== undefined),
    ),
  ).failures.map(({ reason }) => reason);

const bytes = (count: number): string => Buffer.alloc(count, 7).toString("base64");

test("user data of 16 KiB before base64 is taken, and one byte more is refused with both sizes and the page", () => {
  expect(reasons("aws:ec2/instance:Instance", { userDataBase64: bytes(16384) })).toEqual([]);
  const [reason] = reasons("aws:ec2/instance:Instance", { userDataBase64: bytes(16385) });
  expect(reason).toMatch(/16384.*16385.*docs\.aws\.amazon\.com/);
  expect(reasons("aws:ec2/instance:Instance", { userData: "x".repeat(16385) })).toHaveLength(1);
});

test("user data that is no base64, or given twice, is refused", () => {
  expect(reasons("aws:ec2/instance:Instance", { userDataBase64: "#cloud-config" })).toHaveLength(1);
  expect(reasons("aws:ec2/instance:Instance", { userDataBase64: bytes(4), userData: "x" })).toHaveLength(1);
});

test.each([
  ["aws:ec2/vpc:Vpc", { cidrBlock: "10.0.0.0/15" }, /\/16 to \/28.*\/15/],
  ["aws:ec2/vpc:Vpc", { cidrBlock: "10.0.0.0/29" }, /\/29/],
  ["aws:ec2/vpc:Vpc", { cidrBlock: "10.0.0.1/16" }, /no bits after its prefix/],
  ["aws:ec2/vpc:Vpc", { cidrBlock: "10.0.0.256/16" }, /IPv4 block/],
  ["aws:ec2/subnet:Subnet", { vpcId: "vpc-1" }, /vpc-/],
  ["aws:ec2/instance:Instance", { instanceType: "t9.huge" }, /t9\.huge/],
  [
    "aws:ec2/instance:Instance",
    { vpcSecurityGroupIds: Array.from({ length: 6 }, (_, n) => `sg-0123456789abcdef${n}`) },
    /at most 5, got 6/,
  ],
  [
    "aws:ec2/instance:Instance",
    { metadataOptions: { httpTokens: "maybe" } },
    /required, optional|optional, required/,
  ],
  ["aws:ec2/instance:Instance", { rootBlockDevice: { colour: "red" } }, /rootBlockDevice\.colour/],
  ["aws:ec2/securityGroup:SecurityGroup", { name: "sg-web" }, /does not begin with sg-/],
  ["aws:ec2/securityGroup:SecurityGroup", { name: "x".repeat(256) }, /at most 255 characters, got 256/],
  ["aws:ec2/securityGroup:SecurityGroup", { description: "the site's" }, /description/],
  [
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    { referencedSecurityGroupId: "sg-0123456789abcdef0" },
    /exactly one of cidrIpv4/,
  ],
  [
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    { ipProtocol: "-1" },
    /none with ipProtocol "-1"/,
  ],
  ["aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", { fromPort: 90 }, /at least fromPort/],
  ["aws:ec2/networkAclRule:NetworkAclRule", { ruleNumber: 32767 }, /1 to 32766, got 32767/],
  ["aws:ec2/route:Route", { natGatewayId: "nat-0123456789abcdef0" }, /exactly one of/],
  ["aws:ebs/volume:Volume", { iops: 2000 }, /3000 to 80000 for gp3/],
  ["aws:ebs/volume:Volume", { type: "gp2", throughput: 125 }, /only gp3/],
  ["aws:ebs/volume:Volume", { encrypted: false, kmsKeyId: "key" }, /encrypted/],
  ["aws:ec2/volumeAttachment:VolumeAttachment", { deviceName: "/dev/nvme1n1" }, /\/dev\/sdf/],
  ["aws:kms/key:Key", { deletionWindowInDays: 6 }, /7 to 30, got 6/],
  ["aws:kms/alias:Alias", { name: "alias/aws/foobar" }, /outside alias\/aws\//],
  ["aws:iam/role:Role", { name: "r".repeat(65) }, /at most 64 characters, got 65/],
  ["aws:iam/role:Role", { assumeRolePolicy: "{" }, /JSON/],
  ["aws:secretsmanager/secret:Secret", { name: "mysql-abc123" }, /hyphen and six characters/],
  ["aws:secretsmanager/secret:Secret", { recoveryWindowInDays: 3 }, /0 or 7 to 30, got 3/],
  [
    "aws:secretsmanager/secretVersion:SecretVersion",
    { secretString: "x".repeat(65537) },
    /65536 bytes, got 65537/,
  ],
  ["aws:s3/bucket:Bucket", { bucket: "Foobar" }, /lower-case/],
  ["aws:s3/bucket:Bucket", { bucket: "b".repeat(64) }, /at most 63 characters, got 64/],
  ["aws:s3/bucketObjectv2:BucketObjectv2", { content: "x" }, /one of source, content, contentBase64/],
  ["aws:route53/record:Record", { records: ["web-1"] }, /type A, got "web-1"/],
  ["aws:route53/record:Record", { ttl: undefined }, /ttl/],
  ["aws:cloudwatch/logGroup:LogGroup", { retentionInDays: 31 }, /got 31/],
  ["aws:ec2/flowLog:FlowLog", { maxAggregationInterval: 300 }, /60 or 600, got 300/],
  ["aws:ec2/vpcEndpoint:VpcEndpoint", { subnetIds: ["subnet-0123456789abcdef0"] }, /Gateway endpoint/],
  ["aws:lb/loadBalancer:LoadBalancer", { name: "x".repeat(33) }, /at most 32 characters, got 33/],
  ["aws:lb/loadBalancer:LoadBalancer", { name: "internal-site" }, /does not begin with internal-/],
  ["aws:lb/loadBalancer:LoadBalancer", { name: "site_1" }, /letters, digits and hyphens/],
  ["aws:lb/loadBalancer:LoadBalancer", { name: "site-" }, /neither begin nor end with a hyphen/],
  ["aws:lb/loadBalancer:LoadBalancer", { loadBalancerType: undefined }, /want network, got application/],
  ["aws:lb/loadBalancer:LoadBalancer", { subnets: undefined }, /got neither/],
  [
    "aws:lb/loadBalancer:LoadBalancer",
    { subnetMappings: [{ subnetId: "subnet-0123456789abcdef0" }] },
    /got both/,
  ],
  ["aws:lb/targetGroup:TargetGroup", { name: "t".repeat(33) }, /at most 32 characters, got 33/],
  ["aws:lb/targetGroup:TargetGroup", { protocol: "TLS" }, /want TCP, got TLS/],
  ["aws:lb/targetGroup:TargetGroup", { targetType: "ip" }, /want instance, got ip/],
  ["aws:lb/targetGroup:TargetGroup", { preserveClientIp: undefined }, /got none, which is "true"/],
  ["aws:lb/targetGroup:TargetGroup", { preserveClientIp: "true" }, /want "false", got "true"/],
  ["aws:lb/targetGroup:TargetGroup", { deregistrationDelay: 3601 }, /0 to 3600, got 3601/],
  ["aws:lb/targetGroup:TargetGroup", { healthCheck: { interval: 4, timeout: 3 } }, /5 to 300, got 4/],
  ["aws:lb/targetGroup:TargetGroup", { healthCheck: { timeout: 121, interval: 300 } }, /2 to 120, got 121/],
  ["aws:lb/targetGroup:TargetGroup", { healthCheck: { healthyThreshold: 1 } }, /2 to 10, got 1/],
  ["aws:lb/targetGroup:TargetGroup", { healthCheck: { unhealthyThreshold: 11 } }, /2 to 10, got 11/],
  ["aws:lb/targetGroup:TargetGroup", { healthCheck: { enabled: false } }, /cannot be switched off/],
  ["aws:lb/targetGroup:TargetGroup", { healthCheck: { port: "0" } }, /1 to 65535, got 0/],
  ["aws:lb/targetGroup:TargetGroup", { healthCheck: { matcher: "100" } }, /200 to 599/],
  [
    "aws:lb/targetGroup:TargetGroup",
    { healthCheck: { interval: 5 } },
    /less than the interval of 5 s, got 6, which HTTP checks have by default/,
  ],
  [
    "aws:lb/targetGroup:TargetGroup",
    { healthCheck: { protocol: "TCP", path: "/healthz" } },
    /path: want none with protocol TCP/,
  ],
  [
    "aws:lb/targetGroup:TargetGroup",
    {
      targetHealthStates: [{ enableUnhealthyConnectionTermination: true, unhealthyDrainingInterval: 5 }],
    },
    /enableUnhealthyConnectionTermination false only/,
  ],
  ["aws:lb/listener:Listener", { protocol: "TLS" }, /want TCP, got TLS/],
  ["aws:lb/listener:Listener", { defaultActions: [] }, /want one action, got 0/],
  ["aws:lb/listener:Listener", { tcpIdleTimeoutSeconds: 59 }, /60 to 6000, got 59/],
  ["aws:lb/targetGroupAttachment:TargetGroupAttachment", { targetId: "10.0.0.4" }, /begins with i-/],
  ["random:index/randomPassword:RandomPassword", { length: 3, minLower: 4 }, /sum of the minimums/],
  ["tls:index/locallySignedCert:LocallySignedCert", { allowedUses: ["flying"] }, /flying/],
  ["datadog:index/monitor:Monitor", { type: "horoscope" }, /horoscope/],
  ["datadog:index/monitor:Monitor", { message: " " }, /message/],
] as const)("%s refuses %j", (token, news, reason) => {
  const found = reasons(token, news);
  expect(found).toHaveLength(1);
  expect(found[0]).toMatch(reason);
});

const instance = resourceType("aws:ec2/instance:Instance");
const urn = "urn:pulumi:lab::foobar::aws:ec2/instance:Instance::web-1";
const inputsWith = (news: Record<string, unknown>) =>
  check(instance, urn, {}, { ...examples["aws:ec2/instance:Instance"], ...news }).inputs;

test("changed user data replaces a host only where the program says so", () => {
  const change = (replace: boolean): string[] =>
    diff(
      instance,
      {},
      inputsWith({ userData: "a", userDataReplaceOnChange: replace }),
      inputsWith({ userData: "b", userDataReplaceOnChange: replace }),
    ).replaces;
  expect(change(true)).toEqual(["userData"]);
  expect(change(false)).toEqual([]);
});

test("size, groups, profile and metadata options change in place; image, subnet and root encryption replace", () => {
  const replaced = (news: Record<string, unknown>): string[] =>
    diff(instance, {}, inputsWith({}), inputsWith(news)).replaces;
  expect(
    replaced({
      instanceType: "t3.large",
      iamInstanceProfile: "p",
      metadataOptions: { httpTokens: "optional" },
      vpcSecurityGroupIds: [],
    }),
  ).toEqual([]);
  expect(replaced({ ami: "ami-0b26040000000000a" })).toEqual(["ami"]);
  expect(replaced({ rootBlockDevice: { encrypted: false } })).toEqual(["rootBlockDevice"]);
});

test("a load balancer takes zones and groups in place, and is replaced to lose a zone or to begin to have groups", () => {
  const token = "aws:lb/loadBalancer:LoadBalancer";
  const balancer = resourceType(token);
  const [a, b] = ["subnet-0000000000000000a", "subnet-0000000000000000b"];
  const inputs = (news: Record<string, unknown>) =>
    check(balancer, urn, {}, { ...examples[token], name: "site", ...news }).inputs;
  const replaced = (from: Record<string, unknown>, to: Record<string, unknown>): string[] =>
    diff(balancer, {}, inputs(from), inputs(to)).replaces;
  expect(replaced({ subnets: [a] }, { subnets: [b, a], enableCrossZoneLoadBalancing: true })).toEqual([]);
  expect(replaced({ subnets: [a, b] }, { subnets: [b] })).toEqual(["subnets"]);
  expect(replaced({}, { securityGroups: ["sg-0000000000000000a"] })).toEqual([]);
  expect(replaced({ securityGroups: [] }, {})).toEqual(["securityGroups"]);
  expect(replaced({}, { securityGroups: undefined })).toEqual(["securityGroups"]);
});

test("the order of groups means nothing", () => {
  const [a, b] = ["sg-0000000000000000a", "sg-0000000000000000b"];
  expect(
    diff(
      instance,
      {},
      inputsWith({ vpcSecurityGroupIds: [a, b] }),
      inputsWith({ vpcSecurityGroupIds: [b, a] }),
    ).changes,
  ).toEqual({});
});

test("a made-up name stays as long as the resource and is new for its replacement", () => {
  const group = resourceType("aws:ec2/securityGroup:SecurityGroup");
  const example = examples["aws:ec2/securityGroup:SecurityGroup"];
  const of = (olds: Record<string, unknown>) =>
    check(group, "urn:pulumi:lab::foobar::aws:ec2/securityGroup:SecurityGroup::web", olds, example).inputs;
  const first = of({});
  expect(first.name).toMatch(/^web-[0-9a-f]{7}$/);
  expect(of(first)).toEqual(first);
  expect(of({}).name).not.toBe(first.name);
  expect(of({}).__clientToken).not.toBe(first.__clientToken);
});

test("a name that the program chose makes the old resource go before its replacement comes", () => {
  const group = resourceType("aws:ec2/securityGroup:SecurityGroup");
  const olds = { name: "web", description: "a", vpcId: "vpc-0123456789abcdef0" };
  expect(diff(group, {}, olds, { ...olds, description: "b" }).deleteBeforeReplace).toBe(true);
  expect(
    diff(group, {}, { ...olds, name: "web-1111111" }, { ...olds, name: "web-2222222" }).deleteBeforeReplace,
  ).toBe(false);
});
