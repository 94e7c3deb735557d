/** Security groups and network ACLs, each rule a resource of its own. */
import type { ResourceType } from "../resource";
import { count, flag, list, text, type Failure, type Rule } from "../rules";
import { isUnknown, type Properties } from "../values";
import { cidr, docs, idOf, tags } from "./common";

// the characters that EC2 takes in names and descriptions of groups in a VPC
const groupText = /^[a-zA-Z0-9 ._\-:/()#,@[\]+=&;{}!$*]*$/;
const groupTextWant = "letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*";

const securityGroup: ResourceType = {
  token: "aws:ec2/securityGroup:SecurityGroup",
  inputs: {
    name: text({
      replaces: true,
      max: 255,
      pattern: groupText,
      want: groupTextWant,
      link: docs.securityGroup,
      check: (value) =>
        value.startsWith("sg-")
          ? `want a name that does not begin with sg-, got ${value}; see ${docs.securityGroup}`
          : undefined,
    }),
    description: text({
      default: "Managed by Pulumi",
      replaces: true,
      max: 255,
      pattern: groupText,
      want: groupTextWant,
      link: docs.securityGroup,
    }),
    vpcId: idOf("vpc", { required: true, replaces: true }),
    revokeRulesOnDelete: flag({ default: false }),
    tags,
  },
  autoname: { property: "name", limit: 255 },
  computed: ["arn", "ownerId"],
  known: (_inputs, { region }) => ({ region }),
};

const noInline: Rule = list(text(), {
  check: (value: unknown[]) =>
    value.length === 0
      ? undefined
      : "want an empty list, got inline rules; the lab takes separate rule resources only",
});

/** The group every VPC comes with: adopting it with empty lists closes it. */
const defaultSecurityGroup: ResourceType = {
  token: "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
  inputs: {
    vpcId: idOf("vpc", { required: true, replaces: true }),
    ingress: noInline,
    egress: noInline,
    tags,
  },
  computed: ["arn", "description", "name", "ownerId"],
  known: (_inputs, { region }) => ({ region }),
};

function groupRuleProblems(inputs: Properties): Failure[] {
  const failures: Failure[] = [];
  const peers = ["cidrIpv4", "referencedSecurityGroupId"].filter((name) => inputs[name] !== undefined);
  if (peers.length !== 1)
    failures.push({
      property: "cidrIpv4",
      reason: `peer: want exactly one of cidrIpv4, referencedSecurityGroupId, got ${peers.length === 0 ? "none" : "both"}; see ${docs.securityGroupRule}`,
    });
  const { ipProtocol, fromPort, toPort } = inputs;
  if (isUnknown(ipProtocol)) return failures;
  const ports = [fromPort, toPort].filter((port) => port !== undefined).length;
  if (ipProtocol === "-1" && ports > 0)
    failures.push({
      property: "fromPort",
      reason: `fromPort, toPort: want none with ipProtocol "-1", got ${ports}; see ${docs.securityGroupRule}`,
    });
  if (ipProtocol !== "-1" && ports < 2)
    failures.push({
      property: "fromPort",
      reason: `fromPort, toPort: want both with ipProtocol ${String(ipProtocol)}, got ${ports}; see ${docs.securityGroupRule}`,
    });
  if (
    typeof fromPort === "number" &&
    typeof toPort === "number" &&
    ipProtocol !== "icmp" &&
    fromPort > toPort
  )
    failures.push({
      property: "toPort",
      reason: `toPort: want at least fromPort (${fromPort}), got ${toPort}; see ${docs.securityGroupRule}`,
    });
  return failures;
}

const groupRule = (token: string): ResourceType => ({
  token,
  inputs: {
    securityGroupId: idOf("sg", { required: true, replaces: true }),
    ipProtocol: text({ required: true, oneOf: ["tcp", "udp", "icmp", "-1"], link: docs.securityGroupRule }),
    fromPort: count({ min: -1, max: 65535 }),
    toPort: count({ min: -1, max: 65535 }),
    cidrIpv4: cidr(),
    referencedSecurityGroupId: idOf("sg"),
    description: text({ max: 255, pattern: groupText, want: groupTextWant, link: docs.securityGroupRule }),
    tags,
  },
  computed: ["arn", "securityGroupRuleId"],
  known: (_inputs, { region }) => ({ region }),
  check: groupRuleProblems,
});

const networkAcl: ResourceType = {
  token: "aws:ec2/networkAcl:NetworkAcl",
  inputs: { vpcId: idOf("vpc", { required: true, replaces: true }), tags },
  computed: ["arn", "ownerId"],
  known: (_inputs, { region }) => ({ region }),
};

const networkAclRule: ResourceType = {
  token: "aws:ec2/networkAclRule:NetworkAclRule",
  inputs: {
    networkAclId: idOf("acl", { required: true, replaces: true }),
    ruleNumber: count({ required: true, replaces: true, min: 1, max: 32766, link: docs.networkAcl }),
    egress: flag({ default: false, replaces: true }),
    protocol: text({
      required: true,
      replaces: true,
      oneOf: ["tcp", "udp", "icmp", "-1", "all", "6", "17", "1"],
      link: docs.networkAcl,
    }),
    ruleAction: text({ required: true, replaces: true, oneOf: ["allow", "deny"], link: docs.networkAcl }),
    cidrBlock: cidr({ required: true, replaces: true }),
    fromPort: count({ replaces: true, min: 0, max: 65535 }),
    toPort: count({ replaces: true, min: 0, max: 65535 }),
    icmpType: count({ replaces: true, min: -1, max: 255 }),
    icmpCode: count({ replaces: true, min: -1, max: 255 }),
  },
  computed: [],
  known: (_inputs, { region }) => ({ region }),
  // one rule of a number and direction at a time
  deleteBeforeReplace: true,
  check: ({ protocol, fromPort, toPort }) => {
    const ported = ["tcp", "udp", "6", "17"].includes(String(protocol));
    if (ported && (fromPort === undefined || toPort === undefined))
      return [
        {
          property: "fromPort",
          reason: `fromPort, toPort: want both with protocol ${String(protocol)}, got fewer; see ${docs.networkAcl}`,
        },
      ];
    return [];
  },
};

const networkAclAssociation: ResourceType = {
  token: "aws:ec2/networkAclAssociation:NetworkAclAssociation",
  inputs: {
    networkAclId: idOf("acl", { required: true, replaces: true }),
    subnetId: idOf("subnet", { required: true, replaces: true }),
  },
  computed: [],
  known: (_inputs, { region }) => ({ region }),
};

export const types: readonly ResourceType[] = [
  securityGroup,
  defaultSecurityGroup,
  groupRule("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"),
  groupRule("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"),
  networkAcl,
  networkAclRule,
  networkAclAssociation,
];
