import { fieldsOf, opening, type Opening } from "./firewall-model";
import { given } from "../site/given";
import { isUnknown, unknownIn, type Resource, type Unknown } from "../site/resources";
import type { Site } from "../site/site";

export const ACL = "aws:ec2/networkAcl:NetworkAcl";

/** One entry of a network ACL. */
export interface AclEntry extends Opening {
  acl: Resource;
  number: number;
  action: "allow" | "deny";
  cidr: string | Unknown;
  /** The ports that answers go to, which a stateless ACL has to open as a whole. */
  isReplies: boolean;
}

/** The ACL of a subnet; none means the VPC's default one, which lets everything through. */
export function aclOf(site: Site, subnet: Resource): Resource | undefined {
  const associated = site
    .ofType("aws:ec2/networkAclAssociation:NetworkAclAssociation")
    .find((one) => one.refs("subnetId").includes(subnet));
  if (associated) return associated.refs("networkAclId", ACL)[0];
  return site.ofType(ACL).find((acl) => acl.refs("subnetIds").includes(subnet));
}

/** Entries of an ACL in the order in which AWS tries them: the first that fits decides, and after the last it is no. */
export function aclEntries(site: Site, acl: Resource): AclEntry[] {
  const own = site
    .ofType("aws:ec2/networkAclRule:NetworkAclRule")
    .filter((rule) => rule.refs("networkAclId").includes(acl))
    .map((rule) => {
      const fields = {
        ...fieldsOf(rule, "protocol"),
        ruleNo: rule.get("ruleNumber"),
        action: rule.get("ruleAction"),
      };
      const cidr = rule.get("cidrBlock") ?? rule.get("ipv6CidrBlock");
      return entryOf(rule, acl, rule.get("egress") === true ? "out" : "in", { ...fields, cidrBlock: cidr });
    });
  const inline = (["ingress", "egress"] as const).flatMap((property) => {
    const list = given(acl, property);
    const entries: unknown[] = Array.isArray(list) ? list : isUnknown(list) ? [list] : [];
    return entries.map((entry) => {
      const fields = isUnknown(entry)
        ? { protocol: entry, action: "allow" }
        : (entry as Record<string, unknown>);
      return entryOf(acl, acl, property === "egress" ? "out" : "in", fields);
    });
  });
  // An ACL that was read back from AWS lists the entries of its rule resources, too.
  const told = new Set(own.map(({ direction, number }) => `${direction} ${number}`));
  const extra = inline.filter(({ direction, number }) => !told.has(`${direction} ${number}`));
  return [...own, ...extra].sort((a, b) => a.number - b.number);
}

function entryOf(
  resource: Resource,
  acl: Resource,
  direction: "in" | "out",
  fields: Record<string, unknown>,
): AclEntry {
  const base = opening(resource, direction, fields);
  const { ports, protocol } = base;
  const cidr = fields.cidrBlock ?? fields.ipv6CidrBlock;
  return {
    ...base,
    acl,
    number: Number(fields.ruleNo),
    action: fields.action === "deny" ? "deny" : "allow",
    unknown: base.unknown ?? unknownIn([fields.ruleNo, fields.action]),
    cidr: isUnknown(cidr) ? cidr : String(cidr),
    isReplies:
      ["tcp", "udp"].includes(protocol) && ports !== undefined && ports[0] >= 1024 && ports[1] === 65535,
  };
}
