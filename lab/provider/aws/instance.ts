/** EC2 instances. */
import type { ResourceType } from "../resource";
import { count, flag, list, object, text, type Failure, type Rule } from "../rules";
import { equal, isUnknown, type Properties } from "../values";
import { instanceTypes } from "../../cloud/instanceTypes";
import { address, docs, idOf, tags } from "./common";

/** Bytes of user data before base64 that EC2 takes. */
export const userDataLimit = 16 * 1024;

function userDataProblem(property: string, bytes: number): Failure[] {
  if (bytes <= userDataLimit) return [];
  return [
    {
      property,
      reason: `${property}: want at most ${userDataLimit} bytes before base64, got ${bytes}; compress it or fetch the rest at boot; see ${docs.userData}`,
    },
  ];
}

function userDataProblems({ userData, userDataBase64 }: Properties): Failure[] {
  if (userData !== undefined && userDataBase64 !== undefined)
    return [
      { property: "userData", reason: "userData: want userData or userDataBase64, got both; keep one" },
    ];
  if (typeof userData === "string" && !isUnknown(userData))
    return userDataProblem("userData", Buffer.byteLength(userData));
  if (typeof userDataBase64 !== "string" || isUnknown(userDataBase64)) return [];
  const raw = Buffer.from(userDataBase64, "base64");
  if (raw.toString("base64").replace(/=+$/, "") !== userDataBase64.replace(/\s|=+$/g, ""))
    return [{ property: "userDataBase64", reason: "userDataBase64: want base64, got other text; encode it" }];
  return userDataProblem("userDataBase64", raw.length);
}

const rootDevice: Record<string, Rule> = {
  encrypted: flag({ replaces: true }),
  kmsKeyId: text({ replaces: true }),
  volumeSize: count({ min: 1, max: 65536, link: docs.volume }),
  volumeType: text({ oneOf: ["gp2", "gp3", "io1", "io2", "standard"], link: docs.volume }),
  iops: count({ min: 100, max: 256000, link: docs.volume }),
  throughput: count({ min: 125, max: 2000, link: docs.volume }),
  deleteOnTermination: flag({ default: true }),
  tags,
};

const instance: ResourceType = {
  token: "aws:ec2/instance:Instance",
  inputs: {
    ami: text({ required: true, replaces: true, pattern: /^ami-[0-9a-f]{8,17}$/, want: "an image id" }),
    instanceType: text({
      required: true,
      check: (value) =>
        value in instanceTypes
          ? undefined
          : `want a type that the lab has a size for (${Object.keys(instanceTypes).join(", ")}), got ${value}`,
    }),
    subnetId: idOf("subnet", { required: true, replaces: true }),
    availabilityZone: text({ replaces: true }),
    privateIp: address({ replaces: true }),
    associatePublicIpAddress: flag({ replaces: true }),
    vpcSecurityGroupIds: list(idOf("sg"), { unordered: true }),
    iamInstanceProfile: text(),
    sourceDestCheck: flag({ default: true }),
    userData: text(),
    userDataBase64: text(),
    userDataReplaceOnChange: flag({ default: false }),
    ebsOptimized: flag({ replaces: true }),
    monitoring: flag(),
    disableApiTermination: flag(),
    instanceInitiatedShutdownBehavior: text({ oneOf: ["stop", "terminate"] }),
    creditSpecification: object({ cpuCredits: text({ oneOf: ["standard", "unlimited"] }) }),
    metadataOptions: object({
      httpEndpoint: text({ oneOf: ["enabled", "disabled"], default: "enabled", link: docs.metadataOptions }),
      httpTokens: text({ oneOf: ["required", "optional"], link: docs.metadataOptions }),
      httpPutResponseHopLimit: count({ min: 1, max: 64, link: docs.metadataOptions }),
      instanceMetadataTags: text({
        oneOf: ["enabled", "disabled"],
        default: "disabled",
        link: docs.metadataOptions,
      }),
    }),
    rootBlockDevice: object(rootDevice),
    volumeTags: tags,
    tags,
  },
  computed: [
    "arn",
    "availabilityZone",
    "instanceState",
    "primaryNetworkInterfaceId",
    "privateDns",
    "privateIp",
    "publicDns",
    "publicIp",
    "securityGroups",
    "vpcSecurityGroupIds",
    "ebsOptimized",
    "tenancy",
  ],
  known: (_inputs, { region }) => ({ region }),
  check: (inputs) => [
    ...userDataProblems(inputs),
    ...(Array.isArray(inputs.vpcSecurityGroupIds) && inputs.vpcSecurityGroupIds.length > 5
      ? [
          {
            property: "vpcSecurityGroupIds",
            reason: `vpcSecurityGroupIds: want at most 5, got ${inputs.vpcSecurityGroupIds.length}; see https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html`,
          },
        ]
      : []),
  ],
  // changed user data reaches a running host only by a new one, and that only when the program says so
  replaces: (olds, news) =>
    news.userDataReplaceOnChange === true
      ? ["userData", "userDataBase64"].filter(
          (key) => (olds[key] ?? news[key]) !== undefined && !equal(olds[key], news[key]),
        )
      : [],
};

export const types: readonly ResourceType[] = [instance];
