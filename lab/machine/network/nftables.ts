import { nthAddress } from "./cidr";
import type { NetworkAcl, NetworkModel, SecurityGroup } from "./model";
import { hostLink, internetLink, natLink, nftName, wellKnown } from "./names";
import { aclMatch, groupMatch, groupSet } from "./rules";

/**
 * The filters and translations of the VPC as one nftables transaction that replaces whatever was there. Pure.
 *
 * A packet between two interfaces passes, in this order: the check of its source address; the internet gateway's
 * translation of its destination; the network ACLs of the subnets that it leaves and enters (every packet);
 * for a packet that begins a connection, the sender's and then the receiver's security groups.
 */
export function renderNftables(model: NetworkModel): string {
  const enis = [...model.enis].sort((a, b) => (a.id < b.id ? -1 : 1));
  const nats = [...model.natGateways].sort((a, b) => (a.id < b.id ? -1 : 1));
  const links = [
    ...enis.map((eni) => ({
      link: hostLink(eni.id),
      subnetId: eni.subnetId,
      eniId: eni.id,
      ip: eni.privateIp,
    })),
    ...nats.map((nat) => ({
      link: natLink(nat.eniId),
      subnetId: nat.subnetId,
      eniId: nat.eniId,
      ip: nat.privateIp,
    })),
  ];
  // without an internet gateway public addresses lead nowhere
  const addresses = (model.internetGatewayId === undefined ? [] : model.addresses).map(
    ({ publicIp, eniId }) => ({
      publicIp,
      privateIp: links.find((link) => link.eniId === eniId)!.ip,
    }),
  );
  const subnets = model.subnets.filter((subnet) => links.some((link) => link.subnetId === subnet.id));
  const linksOf = (subnetId: string): string[] =>
    links.filter((link) => link.subnetId === subnetId).map((link) => `"${link.link}"`);
  const resolvers = [wellKnown.dns, ...(model.vpc === undefined ? [] : [nthAddress(model.vpc.cidr, 2)])];

  const body = [
    ...model.securityGroups.map((group) =>
      collection(
        `set ${groupSet(group.id)}`,
        "ipv4_addr",
        enis.filter((eni) => eni.securityGroupIds.includes(group.id)).map((eni) => eni.privateIp),
      ),
    ),
    collection(
      "set sources",
      "ifname . ipv4_addr",
      enis.map((eni) => `"${hostLink(eni.id)}" . ${eni.privateIp}`),
    ),
    collection(
      "set public_pairs",
      "ipv4_addr . ipv4_addr",
      addresses.map((a) => `${a.publicIp} . ${a.privateIp}`),
    ),
    collection(
      "set with_public",
      "ipv4_addr",
      addresses.map((a) => a.privateIp),
    ),
    collection(
      "map to_private",
      "ipv4_addr : ipv4_addr",
      addresses.map((a) => `${a.publicIp} : ${a.privateIp}`),
    ),
    collection(
      "map to_public",
      "ipv4_addr : ipv4_addr",
      addresses.map((a) => `${a.privateIp} : ${a.publicIp}`),
    ),

    ...model.securityGroups.map((group) => groupChain(group, "ingress")),
    ...enis.map((eni) => eniChain(eni.id, eni.securityGroupIds, "ingress")),
    collection(
      "map receivers",
      "ifname : verdict",
      enis.map((eni) => `"${hostLink(eni.id)}" : goto ${eniChainName(eni.id, "ingress")}`),
    ),
    chain("receive", [
      `oifname "${internetLink}" accept`,
      'oifname "n-*" accept',
      "oifname vmap @receivers",
      "drop",
    ]),
    ...model.securityGroups.map((group) => groupChain(group, "egress")),
    ...enis.map((eni) => eniChain(eni.id, eni.securityGroupIds, "egress")),
    collection(
      "map senders",
      "ifname : verdict",
      enis.map((eni) => `"${hostLink(eni.id)}" : goto ${eniChainName(eni.id, "egress")}`),
    ),

    ...model.networkAcls.flatMap((acl) => [aclChain(acl, "egress"), aclChain(acl, "ingress")]),
    ...subnets.flatMap((subnet) => {
      const own = linksOf(subnet.id);
      const name = nftName(subnet.id);
      const acl = nftName(subnet.networkAclId);
      return [
        collection(`set links_${name}`, "ifname", own),
        chain(`leave_${name}`, [`oifname @links_${name} return`, `goto ${acl}_egress`]),
        chain(`enter_${name}`, [`iifname @links_${name} return`, `goto ${acl}_ingress`]),
      ];
    }),
    collection(
      "map leaving",
      "ifname : verdict",
      links.map((link) => `"${link.link}" : jump leave_${nftName(link.subnetId)}`),
    ),
    collection(
      "map entering",
      "ifname : verdict",
      links.map((link) => `"${link.link}" : jump enter_${nftName(link.subnetId)}`),
    ),

    chain("source_check", [
      "type filter hook prerouting priority raw; policy accept;",
      'iifname "e-*" iifname . ip saddr != @sources drop',
      ...(model.vpc === undefined ? [] : [`iifname "${internetLink}" ip saddr ${model.vpc.cidr} drop`]),
    ]),
    chain("translate_in", [
      "type nat hook prerouting priority dstnat; policy accept;",
      `iifname "${internetLink}" dnat to ip daddr map @to_private`,
    ]),
    chain("translate_out", [
      "type nat hook postrouting priority srcnat; policy accept;",
      `oifname "${internetLink}" snat to ip saddr map @to_public`,
    ]),
    chain("forward", [
      "type filter hook forward priority filter; policy drop;",
      "iifname vmap @leaving",
      "oifname vmap @entering",
      // only what a public address of this moment was translated for: moving an address cuts its connections
      `iifname "${internetLink}" ct direction original ct original ip daddr . ip daddr != @public_pairs drop`,
      `iifname "${internetLink}" ct direction reply ct reply ip daddr . ip daddr != @public_pairs drop`,
      `oifname "${internetLink}" ip saddr != @with_public drop`,
      "ct state vmap { established : accept, related : accept, invalid : drop }",
      "iifname vmap @senders",
      "goto receive",
    ]),
    chain("input", [
      "type filter hook input priority filter; policy drop;",
      'iifname "lo" accept',
      "ct state established,related accept",
      'iifname != "e-*" drop',
      `ip daddr ${wellKnown.metadata} tcp dport 80 accept`,
      `ip daddr { ${resolvers.join(", ")} } udp dport 53 accept`,
      `ip daddr { ${resolvers.join(", ")} } tcp dport 53 accept`,
    ]),
  ].filter((block) => block !== "");
  return `table ip foobar\ndelete table ip foobar\ntable ip foobar {\n${body.join("\n")}\n}\n`;
}

function groupChain(group: SecurityGroup, way: "ingress" | "egress"): string {
  const rules = group[way].map((rule) =>
    way === "ingress" ? `${groupMatch(rule, "saddr")} accept` : `${groupMatch(rule, "daddr")} goto receive`,
  );
  return chain(`${nftName(group.id)}_${way}`, rules);
}

function eniChainName(eniId: string, way: "ingress" | "egress"): string {
  return `${nftName(eniId)}_${way}`;
}

function eniChain(eniId: string, groupIds: string[], way: "ingress" | "egress"): string {
  return chain(eniChainName(eniId, way), [...groupIds.map((id) => `jump ${nftName(id)}_${way}`), "drop"]);
}

function aclChain(acl: NetworkAcl, way: "ingress" | "egress"): string {
  const rules = [...acl[way]].sort((a, b) => a.ruleNumber - b.ruleNumber);
  return chain(`${nftName(acl.id)}_${way}`, [
    ...rules.map(
      (rule) =>
        `${aclMatch(rule, way === "ingress" ? "saddr" : "daddr")} ${rule.ruleAction === "allow" ? "return" : "drop"}`,
    ),
    "drop",
  ]);
}

function chain(name: string, rules: string[]): string {
  return [`  chain ${name} {`, ...rules.map((rule) => `    ${rule.trim()}`), "  }"].join("\n");
}

function collection(declaration: string, type: string, elements: string[]): string {
  const lines = elements.length === 0 ? [] : [`    elements = { ${elements.join(",\n                 ")} }`];
  return [`  ${declaration} {`, `    type ${type}`, ...lines, "  }"].join("\n");
}
