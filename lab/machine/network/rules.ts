import { parseCidr } from "./cidr";
import type { NetworkAclRule, SecurityGroupRule } from "./model";
import { nftName } from "./names";

/** Which address of a packet is the other side: source for what comes in, destination for what goes out. */
export type OtherSide = "saddr" | "daddr";

const protocols: Record<string, "tcp" | "udp" | "icmp" | "all"> = {
  tcp: "tcp",
  "6": "tcp",
  udp: "udp",
  "17": "udp",
  icmp: "icmp",
  "1": "icmp",
  "-1": "all",
  all: "all",
};

/** The nftables expression of a security group's rule; empty when it matches every packet. */
export function groupMatch(rule: SecurityGroupRule, side: OtherSide): string {
  if ((rule.cidrIpv4 === undefined) === (rule.referencedSecurityGroupId === undefined)) {
    throw new Error("rule: want exactly one of cidrIpv4 and referencedSecurityGroupId");
  }
  const other =
    rule.referencedSecurityGroupId === undefined
      ? rangeMatch("cidrIpv4", rule.cidrIpv4!, side)
      : `ip ${side} @${groupSet(rule.referencedSecurityGroupId)}`;
  return join(other, protocolMatch("ipProtocol", rule.ipProtocol, rule.fromPort, rule.toPort));
}

/** The nftables expression of a network ACL's rule; empty when it matches every packet. */
export function aclMatch(rule: NetworkAclRule, side: OtherSide): string {
  const icmp = protocols[rule.protocol] === "icmp";
  return join(
    rangeMatch("cidrBlock", rule.cidrBlock, side),
    protocolMatch(
      "protocol",
      rule.protocol,
      icmp ? rule.icmpType : rule.fromPort,
      icmp ? rule.icmpCode : rule.toPort,
    ),
  );
}

/** Name of the set that holds the private addresses of a group's members. */
export function groupSet(groupId: string): string {
  return `members_${nftName(groupId)}`;
}

function rangeMatch(field: string, cidr: string, side: OtherSide): string {
  const range = parseCidr(cidr);
  if (range === undefined) throw new Error(`${field}: want a range like 10.20.0.0/16, got ${cidr}`);
  return range.bits === 0 ? "" : `ip ${side} ${cidr}`;
}

function protocolMatch(field: string, protocol: string, from = -1, to = -1): string {
  const known = protocols[protocol];
  if (known === undefined) throw new Error(`${field}: want tcp, udp, icmp or -1, got ${protocol}`);
  if (known === "all") return "";
  if (known === "icmp") {
    if (from === -1) return "ip protocol icmp";
    return to === -1 ? `icmp type ${from}` : `icmp type ${from} icmp code ${to}`;
  }
  if ((from === -1 && to === -1) || (from <= 0 && to === 65535)) return `ip protocol ${known}`;
  if (from < 0 || to > 65535 || from > to) {
    throw new Error(`${field}: want ports from 0 to 65535 in order, got ${from} to ${to}`);
  }
  return `${known} dport ${from === to ? from : `${from}-${to}`}`;
}

function join(...parts: string[]): string {
  return parts.filter((part) => part !== "").join(" ");
}
