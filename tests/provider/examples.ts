import { generateKeyPairSync } from "node:crypto";

/** Inputs that each resource type of the lab takes: the least that is allowed, and a little more where it says more. */
const id = (prefix: string): string => `${prefix}-0123456789abcdef0`;
const elb = (rest: string): string => `arn:aws:elasticloadbalancing:us-east-1:123456789012:${rest}`;
const json = JSON.stringify({ Version: "2012-10-17", Statement: [] });
const pem = generateKeyPairSync("ec", { namedCurve: "P-256" })
  .privateKey.export({ type: "pkcs8", format: "pem" })
  .toString();

/** By type token. */
export const examples: Record<string, Record<string, unknown>> = {
  "aws:ec2/vpc:Vpc": { cidrBlock: "10.0.0.0/16", enableDnsHostnames: true, tags: { Name: "x" } },
  "aws:ec2/subnet:Subnet": { vpcId: id("vpc"), cidrBlock: "10.0.1.0/24", availabilityZone: "us-east-1a" },
  "aws:ec2/internetGateway:InternetGateway": { vpcId: id("vpc") },
  "aws:ec2/natGateway:NatGateway": { allocationId: id("eipalloc"), subnetId: id("subnet") },
  "aws:ec2/vpcEndpoint:VpcEndpoint": {
    vpcId: id("vpc"),
    serviceName: "com.amazonaws.us-east-1.s3",
    routeTableIds: [id("rtb")],
  },
  "aws:ec2transitgateway/instanceConnectEndpoint:InstanceConnectEndpoint": {
    subnetId: id("subnet"),
    preserveClientIp: false,
  },
  "aws:ec2/routeTable:RouteTable": { vpcId: id("vpc") },
  "aws:ec2/route:Route": { routeTableId: id("rtb"), destinationCidrBlock: "0.0.0.0/0", gatewayId: id("igw") },
  "aws:ec2/routeTableAssociation:RouteTableAssociation": { routeTableId: id("rtb"), subnetId: id("subnet") },
  "aws:ec2/eip:Eip": { domain: "vpc" },
  "aws:ec2/eipAssociation:EipAssociation": {
    allocationId: id("eipalloc"),
    instanceId: id("i"),
    allowReassociation: true,
  },
  "aws:ec2/securityGroup:SecurityGroup": { vpcId: id("vpc"), description: "web servers" },
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": { vpcId: id("vpc") },
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {
    securityGroupId: id("sg"),
    ipProtocol: "tcp",
    fromPort: 80,
    toPort: 80,
    cidrIpv4: "0.0.0.0/0",
  },
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": {
    securityGroupId: id("sg"),
    ipProtocol: "-1",
    referencedSecurityGroupId: id("sg"),
  },
  "aws:ec2/networkAcl:NetworkAcl": { vpcId: id("vpc") },
  "aws:ec2/networkAclRule:NetworkAclRule": {
    networkAclId: id("acl"),
    ruleNumber: 100,
    protocol: "tcp",
    ruleAction: "allow",
    cidrBlock: "0.0.0.0/0",
    fromPort: 80,
    toPort: 80,
  },
  "aws:ec2/networkAclAssociation:NetworkAclAssociation": { networkAclId: id("acl"), subnetId: id("subnet") },
  "aws:ec2/instance:Instance": {
    ami: "ami-0deb1a13000000000",
    instanceType: "t3.small",
    subnetId: id("subnet"),
    vpcSecurityGroupIds: [id("sg")],
    metadataOptions: { httpTokens: "required" },
    rootBlockDevice: { encrypted: true },
  },
  "aws:ebs/volume:Volume": { availabilityZone: "us-east-1a", size: 8, type: "gp3", encrypted: true },
  "aws:ec2/volumeAttachment:VolumeAttachment": {
    deviceName: "/dev/sdf",
    instanceId: id("i"),
    volumeId: id("vol"),
    stopInstanceBeforeDetaching: true,
  },
  "aws:cloudwatch/logGroup:LogGroup": { retentionInDays: 30 },
  "aws:ec2/flowLog:FlowLog": {
    vpcId: id("vpc"),
    trafficType: "ALL",
    logDestinationType: "s3",
    logDestination: "arn:aws:s3:::logs",
  },
  "aws:kms/key:Key": { description: "data", enableKeyRotation: true, deletionWindowInDays: 7 },
  "aws:kms/alias:Alias": { name: "alias/foobar", targetKeyId: "00000000-0000-4000-8000-000000000000" },
  "aws:iam/role:Role": { assumeRolePolicy: json },
  "aws:iam/rolePolicy:RolePolicy": { role: "web", policy: json },
  "aws:iam/instanceProfile:InstanceProfile": { role: "web" },
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": {
    role: "web",
    policyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess",
  },
  "aws:secretsmanager/secret:Secret": { name: "foobar/lab/mysql/app", recoveryWindowInDays: 0 },
  "aws:secretsmanager/secretVersion:SecretVersion": {
    secretId: "arn:aws:secretsmanager:us-east-1:123456789012:secret:x",
    secretString: "value",
  },
  "aws:s3/bucket:Bucket": { bucket: "foobar-lab-123456789012", forceDestroy: true },
  "aws:s3/bucketVersioning:BucketVersioning": { bucket: "b", versioningConfiguration: { status: "Enabled" } },
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": {
    bucket: "b",
    rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms" } }],
  },
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": { bucket: "b", blockPublicAcls: true },
  "aws:s3/bucketPolicy:BucketPolicy": { bucket: "b", policy: json },
  "aws:s3/bucketObjectv2:BucketObjectv2": { bucket: "b", key: "bundles/x.tar.gz", contentBase64: "AA==" },
  "aws:route53/zone:Zone": { name: "foobar.internal", vpcs: [{ vpcId: id("vpc") }] },
  "aws:route53/record:Record": {
    zoneId: "Z0",
    name: "web-1.foobar.internal",
    type: "A",
    ttl: 5,
    records: ["10.0.0.4"],
  },
  "aws:lb/loadBalancer:LoadBalancer": {
    loadBalancerType: "network",
    subnets: [id("subnet")],
    securityGroups: [id("sg")],
  },
  "aws:lb/targetGroup:TargetGroup": {
    port: 443,
    protocol: "TCP",
    vpcId: id("vpc"),
    preserveClientIp: "false",
    proxyProtocolV2: true,
    targetHealthStates: [{ enableUnhealthyConnectionTermination: false, unhealthyDrainingInterval: 60 }],
    healthCheck: { protocol: "HTTP", port: "8405", path: "/healthz", interval: 5, timeout: 3 },
  },
  "aws:lb/listener:Listener": {
    loadBalancerArn: elb("loadbalancer/net/site/0123456789abcdef"),
    port: 443,
    protocol: "TCP",
    defaultActions: [{ type: "forward", targetGroupArn: elb("targetgroup/site/0123456789abcdef") }],
  },
  "aws:lb/targetGroupAttachment:TargetGroupAttachment": {
    targetGroupArn: elb("targetgroup/site/0123456789abcdef"),
    targetId: id("i"),
    port: 443,
  },
  "tls:index/privateKey:PrivateKey": { algorithm: "ECDSA", ecdsaCurve: "P256" },
  "tls:index/selfSignedCert:SelfSignedCert": {
    privateKeyPem: pem,
    allowedUses: ["cert_signing"],
    validityPeriodHours: 24,
  },
  "tls:index/certRequest:CertRequest": { privateKeyPem: pem, dnsNames: ["www.foobar.com"] },
  "tls:index/locallySignedCert:LocallySignedCert": {
    certRequestPem: pem,
    caPrivateKeyPem: pem,
    caCertPem: pem,
    allowedUses: ["server_auth"],
    validityPeriodHours: 24,
  },
  "random:index/randomPassword:RandomPassword": { length: 24, special: false },
  "random:index/randomString:RandomString": { length: 8 },
  "random:index/randomId:RandomId": { byteLength: 4 },
  "datadog:index/monitor:Monitor": {
    name: "Host silent",
    type: "service check",
    query: '"datadog.agent.up".over("*").last(2).count_by_status()',
    message: "see the runbook",
  },
};
