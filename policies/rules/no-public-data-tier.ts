import { isInternet } from "../site/addresses";
import { aclEntries, aclOf } from "../firewall/acl-model";
import { groupRules, portsText } from "../firewall/firewall-model";
import { given } from "../site/given";
import type { Host } from "../site/host";
import { isUnknown, type Resource } from "../site/resources";
import { notApplicable, rule, unknown, violation, type Finding } from "../rule";
import { internetRoutes } from "../site/routes";
import type { Site } from "../site/site";

const EIP = "aws:ec2/eip:Eip";
const EIP_ASSOCIATION = "aws:ec2/eipAssociation:EipAssociation";
const ATTACHMENT = "aws:lb/targetGroupAttachment:TargetGroupAttachment";
const LISTENER = "aws:lb/listener:Listener";

export const noPublicDataTier = rule({
  id: "no-public-data-tier",
  title: "No database can be reached from the internet, by any way",
  why: "A database that the internet can reach is one wrong password or one unpatched fault away from everybody. Several things each keep it apart, and all of them must: no public address, no route, no group, no network ACL and no load balancer that lets the internet in. A database is what runs MySQL, whatever it is called.",
  sources: [
    {
      title: "Enable internet access for a VPC using an internet gateway, Amazon VPC user guide",
      url: "https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html",
    },
    {
      title: "Security Pillar, SEC05-BP01 Create network layers, AWS Well-Architected Framework",
      url: "https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_network_protection_create_layers.html",
    },
  ],
  fix: "Put database hosts into subnets whose default route is a NAT gateway, without public addresses, and let only the web servers' group in.",
  severity: "critical",
  frameworks: [
    { name: "AWS Well-Architected Framework", version: "2024-11-06", reference: "SEC05-BP01" },
    { name: "AWS Foundational Security Best Practices", version: "1.0.0", reference: "EC2.9" },
  ],
  examples: {
    language: "typescript",
    bad: 'new aws.ec2.Instance("db-1", { subnetId: publicSubnet.id, associatePublicIpAddress: true });\n',
    good: 'new aws.ec2.Instance("db-1", { subnetId: dataSubnet.id, associatePublicIpAddress: false });\n',
  },
  proof:
    "The lab tries every port of every database host from a client outside the VPC, with and without the host's own firewall: none answers.",
  check(site) {
    const hosts = site.hosts.filter((host) => host.mysql !== undefined);
    if (hosts.length === 0) return notApplicable("no host of the stack runs MySQL");
    return [
      ...hosts.flatMap((host) => certain(host, [...addressOf(site, host), ...routesOf(site, host)])),
      ...groupOpenings(site, hosts),
      ...aclOpenings(site, hosts),
    ];
  },
});

/** What is found of a host that may be something else than a database is a question only. */
function certain(host: Host, findings: Finding[]): Finding[] {
  const { mysql } = host;
  if (!isUnknown(mysql) || findings.length === 0) return findings;
  return [unknown(host.resource, mysql, `whether ${host.name}, which the internet can reach, is a database`)];
}

function addressOf(site: Site, host: Host): Finding[] {
  const { resource, name, subnet } = host;
  const findings: Finding[] = [];
  const say = (message: string) => findings.push(violation(resource, `${name}: ${message}`));
  const own = given(resource, "associatePublicIpAddress");
  const inherited = subnet?.get("mapPublicIpOnLaunch");
  if (isUnknown(own)) findings.push(unknown(resource, own, `whether ${name} has a public address`));
  else if (own === true)
    say("a database has a public address (associatePublicIpAddress is true); set it to false");
  else if (own === undefined && isUnknown(inherited))
    findings.push(unknown(subnet, inherited, `whether ${name} gets a public address`));
  else if (own === undefined && inherited === true)
    say(
      `a database gets a public address from subnet ${subnet!.name} (mapPublicIpOnLaunch is true); set associatePublicIpAddress to false`,
    );
  for (const address of [
    ...site.ofType(EIP_ASSOCIATION).filter((one) => one.refs("instanceId").includes(resource)),
    ...site.ofType(EIP).filter((one) => one.refs("instance").includes(resource)),
  ])
    say(`a database has the elastic IP of ${address.name}; remove it`);
  for (const attachment of site.ofType(ATTACHMENT)) {
    if (!attachment.refs("targetId").includes(resource)) continue;
    const groups = attachment.refs("targetGroupArn");
    for (const balancer of site
      .ofType(LISTENER)
      .filter((listener) => listener.refs("defaultActions").some((target) => groups.includes(target)))
      .flatMap((listener) => listener.refs("loadBalancerArn")))
      if (balancer.get("internal") !== true)
        say(`a database is a target of ${balancer.name}, which faces the internet; make it internal`);
  }
  return findings;
}

function routesOf(site: Site, host: Host): Finding[] {
  const { resource, name, subnet } = host;
  if (!subnet) return [unknown(resource, "subnetId", `whether ${name} is in a public subnet`)];
  return internetRoutes(site, subnet).map(({ table, unknown: value }) =>
    value
      ? unknown(table, value, `whether ${name} is in a public subnet`)
      : violation(
          resource,
          `${name}: the subnet of a database, ${subnet.name}, has a route to the internet gateway in ${table.name}; route it to a NAT gateway`,
        ),
  );
}

/** By rule, and not by host: three members behind one open rule are one mistake. */
function groupOpenings(site: Site, hosts: readonly Host[]): Finding[] {
  const groups = new Map<Resource, string[]>();
  for (const host of hosts)
    for (const group of host.securityGroups) groups.set(group, [...(groups.get(group) ?? []), host.name]);
  return [...groups].flatMap(([group, names]) =>
    groupRules(site, group).flatMap((entry) => {
      const { direction, peer, resource } = entry;
      if (direction !== "in") return [];
      if (peer.kind === "unknown")
        return [unknown(resource, peer.value, `who may reach ${names.join(", ")}`)];
      if (peer.kind !== "cidr" || !isInternet(peer.cidr)) return [];
      return [
        violation(
          resource,
          `${resource.name} lets ${peer.cidr} in on ${portsText(entry)} of databases (${names.join(", ")}); name the group of the web servers in its place`,
        ),
      ];
    }),
  );
}

function aclOpenings(site: Site, hosts: readonly Host[]): Finding[] {
  const acls = new Map<Resource, string[]>();
  for (const { subnet, name } of hosts) {
    const acl = subnet && aclOf(site, subnet);
    if (acl) acls.set(acl, [...(acls.get(acl) ?? []), name]);
  }
  return [...acls].flatMap(([acl, names]) =>
    aclEntries(site, acl).flatMap((entry) => {
      const { cidr, resource } = entry;
      // Replies to what databases fetch have to come in, whatever address they come from.
      if (entry.direction !== "in" || entry.action !== "allow" || entry.isReplies) return [];
      if (isUnknown(cidr)) return [unknown(resource, cidr, `who may reach ${names.join(", ")}`)];
      if (!isInternet(cidr)) return [];
      return [
        violation(
          resource,
          `${resource.name} lets ${cidr} in on ${portsText(entry)} of the subnets of databases (${names.join(", ")}); let only the web servers' subnets in`,
        ),
      ];
    }),
  );
}
