/** Security groups and network ACLs. */
import { arn, accountId, type Model } from "../model";
import { Refusal } from "../refusal";
import type { Properties, Resource } from "../store";
import type { Kind, Reference } from "./kind";

const inVpc: Reference = {
  property: "vpcId",
  kind: "ec2/vpc",
  missing: "InvalidVpcID.NotFound",
  holds: "DependencyViolation",
};
const quotas = "https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html";
/** AWS's quotas: rules of a group or an ACL in each direction. */
const limits = { group: 60, acl: 20 };

const securityGroup: Kind = {
  name: "ec2/securityGroup",
  id: "sg",
  references: [inVpc],
  network: true,
  takesAlong: [
    { kind: "vpc/securityGroupIngressRule", property: "securityGroupId" },
    { kind: "vpc/securityGroupEgressRule", property: "securityGroupId" },
  ],
  refuse: (model, { name, vpcId }, self) => {
    const other = model.all("ec2/securityGroup", { name, vpcId }).find(({ id }) => id !== self?.id);
    if (other !== undefined)
      throw new Refusal(
        "InvalidGroup.Duplicate",
        `name: want a name that is free in ${String(vpcId)}, got ${String(name)}, which ${other.id} has; choose another`,
      );
  },
  refuseDelete: (model, { id }) => {
    for (const kind of ["vpc/securityGroupIngressRule", "vpc/securityGroupEgressRule"])
      for (const rule of model.all(kind, { referencedSecurityGroupId: id }))
        if (rule.properties.securityGroupId !== id)
          throw new Refusal(
            "DependencyViolation",
            `${id}: want no rule that names it, got ${rule.id} of ${String(rule.properties.securityGroupId)}; remove that first`,
          );
  },
  attributes: (_model, { id, region }) => ({
    arn: arn("ec2", region, `security-group/${id}`),
    ownerId: accountId,
  }),
};

/** Properties that make two rules the same one. */
const ruleKey = ({
  securityGroupId,
  ipProtocol,
  fromPort,
  toPort,
  cidrIpv4,
  referencedSecurityGroupId,
}: Properties): string =>
  JSON.stringify([
    securityGroupId,
    ipProtocol,
    fromPort ?? -1,
    toPort ?? -1,
    cidrIpv4,
    referencedSecurityGroupId,
  ]);

const groupRule = (name: string): Kind => ({
  name,
  id: "sgr",
  references: [
    { property: "securityGroupId", kind: "ec2/securityGroup", missing: "InvalidGroup.NotFound" },
    { property: "referencedSecurityGroupId", kind: "ec2/securityGroup", missing: "InvalidGroup.NotFound" },
  ],
  network: true,
  refuse: (model: Model, properties: Properties, self?: Resource) => {
    const others = model
      .all(name, { securityGroupId: properties.securityGroupId })
      .filter(({ id }) => id !== self?.id);
    const same = others.find((one) => ruleKey(one.properties) === ruleKey(properties));
    if (same !== undefined)
      throw new Refusal(
        "InvalidPermission.Duplicate",
        `rule: want each rule once in ${String(properties.securityGroupId)}, got ${same.id} again; remove one`,
      );
    if (others.length >= limits.group)
      throw new Refusal(
        "RulesPerSecurityGroupLimitExceeded",
        `rule: want at most ${limits.group} in a direction, got one more in ${String(properties.securityGroupId)}; merge some`,
        quotas,
      );
  },
  attributes: (_model, { id, region }) => ({
    arn: arn("ec2", region, `security-group-rule/${id}`),
    securityGroupRuleId: id,
  }),
});

/** The group that a VPC comes with: adopting it takes its rules away. */
const defaultSecurityGroup: Kind = {
  name: "ec2/defaultSecurityGroup",
  id: "sg",
  references: [{ ...inVpc, holds: undefined }],
  network: true,
  refuse: (model, { vpcId }, self) => {
    if (model.all("ec2/defaultSecurityGroup", { vpcId }).some(({ id }) => id !== self?.id))
      throw new Refusal(
        "InvalidGroup.Duplicate",
        `vpcId: want the default group adopted once, got ${String(vpcId)} twice; remove one`,
      );
  },
  attributes: (model, { properties, region }) => {
    const id = String(model.get("ec2/vpc", properties.vpcId)!.attributes.defaultSecurityGroupId);
    return {
      arn: arn("ec2", region, `security-group/${id}`),
      name: "default",
      description: "default VPC security group",
      ownerId: accountId,
      groupId: id,
    };
  },
};

const networkAcl: Kind = {
  name: "ec2/networkAcl",
  id: "acl",
  references: [inVpc],
  network: true,
  takesAlong: [{ kind: "ec2/networkAclRule", property: "networkAclId" }],
  attributes: (_model, { id, region }) => ({
    arn: arn("ec2", region, `network-acl/${id}`),
    ownerId: accountId,
  }),
};

const ofAcl: Reference = {
  property: "networkAclId",
  kind: "ec2/networkAcl",
  missing: "InvalidNetworkAclID.NotFound",
};

const networkAclRule: Kind = {
  name: "ec2/networkAclRule",
  id: ({ networkAclId, ruleNumber, egress }) =>
    `nacl-${String(networkAclId)}-${egress === true ? "e" : "i"}${String(ruleNumber)}`,
  references: [ofAcl],
  network: true,
  refuse: (model, { networkAclId, egress, ruleNumber }, self) => {
    const others = model
      .all("ec2/networkAclRule", { networkAclId, egress })
      .filter(({ id }) => id !== self?.id);
    if (others.some(({ properties }) => properties.ruleNumber === ruleNumber))
      throw new Refusal(
        "NetworkAclEntryAlreadyExists",
        `ruleNumber: want a free number in ${String(networkAclId)}, got ${String(ruleNumber)} again; choose another`,
      );
    if (others.length >= limits.acl)
      throw new Refusal(
        "NetworkAclEntryLimitExceeded",
        `ruleNumber: want at most ${limits.acl} rules in a direction, got one more in ${String(networkAclId)}; merge some`,
        quotas,
      );
  },
};

const networkAclAssociation: Kind = {
  name: "ec2/networkAclAssociation",
  id: "aclassoc",
  references: [
    { ...ofAcl, holds: "DependencyViolation" },
    { property: "subnetId", kind: "ec2/subnet", missing: "InvalidSubnetID.NotFound" },
  ],
  network: true,
};

export const kinds: readonly Kind[] = [
  securityGroup,
  defaultSecurityGroup,
  groupRule("vpc/securityGroupIngressRule"),
  groupRule("vpc/securityGroupEgressRule"),
  networkAcl,
  networkAclRule,
  networkAclAssociation,
];
