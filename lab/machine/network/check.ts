import { contains, parseAddress, parseCidr } from "./cidr";
import type { NetworkModel } from "./model";
import { hostLink, natLink, wellKnown } from "./names";
import { aclMatch, groupMatch } from "./rules";

/**
 * Every reason why the machine could not build this network: ids that lead nowhere, addresses outside their
 * subnet, anything twice, rules that mean nothing. (What AWS refuses beyond that is the cloud's business.)
 */
export function checkNetwork(model: NetworkModel): string[] {
  const problems: string[] = [];
  const unique = (what: string, ids: string[]): Set<string> => {
    const seen = new Set<string>();
    for (const id of ids) {
      if (seen.has(id)) problems.push(`${what}: want each once, got ${id} twice`);
      seen.add(id);
    }
    return seen;
  };
  const known = (where: string, id: string, ids: Set<string>): void => {
    if (!ids.has(id)) problems.push(`${where}: want an id of the model, got ${id}`);
  };
  const vpc = model.vpc === undefined ? undefined : parseCidr(model.vpc.cidr);
  if (vpc === undefined && (model.vpc !== undefined || model.subnets.length > 0)) {
    problems.push(`vpc.cidr: want a range like 10.20.0.0/16, got ${model.vpc?.cidr ?? "none"}`);
  }
  const tables = unique(
    "routeTables",
    model.routeTables.map((table) => table.id),
  );
  const acls = unique(
    "networkAcls",
    model.networkAcls.map((acl) => acl.id),
  );
  const groups = unique(
    "securityGroups",
    model.securityGroups.map((group) => group.id),
  );
  const subnets = new Map(model.subnets.map((subnet) => [subnet.id, subnet]));
  unique(
    "subnets",
    model.subnets.map((subnet) => subnet.id),
  );
  for (const subnet of model.subnets) {
    const range = parseCidr(subnet.cidr);
    if (range === undefined || (vpc !== undefined && (!contains(vpc, range.base) || range.bits < vpc.bits))) {
      problems.push(`${subnet.id}.cidr: want a range within ${model.vpc?.cidr}, got ${subnet.cidr}`);
    }
    known(`${subnet.id}.routeTableId`, subnet.routeTableId, tables);
    known(`${subnet.id}.networkAclId`, subnet.networkAclId, acls);
  }
  const interfaces = [
    ...model.enis.map((eni) => ({ ...eni, link: hostLink(eni.id) })),
    ...model.natGateways.map((nat) => ({ ...nat, id: nat.eniId, link: natLink(nat.eniId) })),
  ];
  const eniIds = unique(
    "enis",
    interfaces.map((eni) => eni.id),
  );
  unique(
    "interface names",
    interfaces.map((eni) => eni.link),
  );
  unique(
    "private addresses",
    interfaces.map((eni) => eni.privateIp),
  );
  for (const eni of interfaces) {
    const cidr = subnets.get(eni.subnetId)?.cidr;
    const range = cidr === undefined ? undefined : parseCidr(cidr);
    const address = parseAddress(eni.privateIp);
    if (cidr === undefined) problems.push(`${eni.id}.subnetId: want an id of the model, got ${eni.subnetId}`);
    else if (range !== undefined && (address === undefined || !contains(range, address))) {
      problems.push(`${eni.id}.privateIp: want an address of ${cidr}, got ${eni.privateIp}`);
    } else if (
      (range !== undefined && address === range.base + 1) ||
      (vpc !== undefined && address === vpc.base + 2)
    ) {
      problems.push(`${eni.id}.privateIp: want an address that is not reserved, got ${eni.privateIp}`);
    }
  }
  for (const eni of model.enis) {
    if (eni.securityGroupIds.length === 0)
      problems.push(`${eni.id}.securityGroupIds: want at least one, got none`);
    for (const id of eni.securityGroupIds) known(`${eni.id}.securityGroupIds`, id, groups);
  }
  unique(
    "public addresses",
    model.addresses.map((address) => address.publicIp),
  );
  unique(
    "interfaces with a public address",
    model.addresses.map((address) => address.eniId),
  );
  for (const { publicIp, eniId } of model.addresses) {
    const address = parseAddress(publicIp);
    if (address === undefined || !contains(parseCidr(wellKnown.publicRange)!, address)) {
      problems.push(`addresses.publicIp: want an address of ${wellKnown.publicRange}, got ${publicIp}`);
    }
    known(`addresses ${publicIp}.eniId`, eniId, eniIds);
  }
  for (const table of model.routeTables) {
    for (const route of table.routes) {
      if (parseCidr(route.destinationCidr) === undefined) {
        problems.push(`${table.id}.destinationCidr: want a range, got ${route.destinationCidr}`);
      }
      if ((route.gatewayId === undefined) === (route.natGatewayId === undefined)) {
        problems.push(`${table.id} ${route.destinationCidr}: want exactly one of gatewayId and natGatewayId`);
      }
    }
  }
  const attempt = (where: string, render: () => string): void => {
    try {
      render();
    } catch (e) {
      problems.push(`${where}.${(e as Error).message}`);
    }
  };
  for (const group of model.securityGroups) {
    for (const rule of [...group.ingress, ...group.egress]) {
      attempt(group.id, () => groupMatch(rule, "saddr"));
      if (rule.referencedSecurityGroupId !== undefined) {
        known(`${group.id}.referencedSecurityGroupId`, rule.referencedSecurityGroupId, groups);
      }
    }
  }
  for (const acl of model.networkAcls) {
    for (const [way, rules] of Object.entries({ ingress: acl.ingress, egress: acl.egress })) {
      unique(
        `${acl.id}.${way} rule numbers`,
        rules.map((rule) => String(rule.ruleNumber)),
      );
      for (const rule of rules) attempt(`${acl.id}.${way}`, () => aclMatch(rule, "saddr"));
    }
  }
  return problems;
}
