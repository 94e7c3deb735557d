/** Rules that several AWS services share. */
import { parseAddress, parseCidr } from "../../cloud/cidr";
import { map, text, type Rule } from "../rules";

/** Tags: what every taggable resource takes. */
export const tags: Rule = map();

/** A reference to another resource by id; whether it exists is seen at creation. */
export const idOf = (prefix: string, options: { required?: boolean; replaces?: boolean } = {}): Rule =>
  text({
    ...options,
    pattern: new RegExp(`^${prefix}-[0-9a-f]{8,17}$`),
    want: `an id that begins with ${prefix}-`,
  });

/** An IPv4 block; `bits` are the prefix lengths that AWS takes there. */
export const cidr = (
  options: { required?: boolean; replaces?: boolean; bits?: [number, number]; link?: string } = {},
): Rule => {
  const { bits, link, ...rest } = options;
  return text({
    ...rest,
    check: (value) => {
      const block = parseCidr(value);
      if (block === undefined)
        return `want an IPv4 block such as 10.0.0.0/16 with no bits after its prefix, got ${value}`;
      if (bits !== undefined && (block.bits < bits[0] || block.bits > bits[1]))
        return `want a block from /${bits[0]} to /${bits[1]}, got /${block.bits}; see ${link}`;
      return undefined;
    },
  });
};

/** One IPv4 address. */
export const address = (options: { required?: boolean; replaces?: boolean } = {}): Rule =>
  text({
    ...options,
    check: (value) => (parseAddress(value) === undefined ? `want an IPv4 address, got ${value}` : undefined),
  });

/** A JSON document, such as a policy; `max` counts characters without white space, as IAM does. */
export const json = (
  options: { required?: boolean; replaces?: boolean; max?: number; link?: string } = {},
): Rule => {
  const { max, link, ...rest } = options;
  return text({
    ...rest,
    check: (value) => {
      try {
        JSON.parse(value);
      } catch (error) {
        return `want JSON, got text that does not parse (${(error as Error).message})`;
      }
      const length = value.replace(/\s/g, "").length;
      if (max !== undefined && length > max)
        return `want at most ${max} characters, got ${length}; see ${link ?? "the service's quotas"}`;
      return undefined;
    },
  });
};

/** Pages of AWS's documentation that refusals cite. */
export const docs = {
  vpcCidr: "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html",
  subnetSizing: "https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html",
  userData: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html",
  securityGroup: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html",
  securityGroupRule: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html",
  networkAcl: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkAclEntry.html",
  volume: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVolume.html",
  deviceNames: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html",
  natGateway: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNatGateway.html",
  route: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRoute.html",
  vpcEndpoint: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html",
  kmsAlias: "https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html",
  kmsDeletion: "https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html",
  iamLimits: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
  secret: "https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html",
  secretValue: "https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html",
  secretDeletion: "https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html",
  bucketName: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html",
  bucketPolicy: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html",
  objectKey: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html",
  loadBalancer:
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html",
  targetGroup:
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html",
  targetGroupAttributes:
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html",
  targetHealth:
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html",
  registerTargets:
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RegisterTargets.html",
  listener: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html",
  listenerAttributes:
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/update-idle-timeout.html",
  dnsName: "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html",
  record: "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html",
  logGroup: "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html",
  logRetention:
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html",
  flowLog: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateFlowLogs.html",
  metadataOptions:
    "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceMetadataOptionsRequest.html",
} as const;
