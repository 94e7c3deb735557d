import { firewallDefaultDeny } from "../../../policies/rules/firewall-default-deny";
import { check, Fixture, goodSite, messages, unknownValue } from "../../support/policies";

/** Made once: what is copied keeps its compressed user data. */
const GOOD = goodSite();
const found = (site: Fixture) => messages(firewallDefaultDeny, site);
const INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";
const ANYWHERE = { cidrIpv4: "0.0.0.0/0" };
const tcp = (port: number) => ({ ipProtocol: "tcp", fromPort: port, toPort: port });

/** The good site with one more rule. */
function plus(type: string, group: string, rule: object): Fixture {
  const site = GOOD.copy();
  site.add(type, "extra", { securityGroupId: site.ref(`${group}-group`), ...rule });
  return site;
}
/** The good site with one more ACL entry. */
function entry(place: string, fields: object): Fixture {
  const site = GOOD.copy();
  const acl = { networkAclId: site.ref(`${place}-acl`), ruleNumber: 50, egress: false, ruleAction: "allow" };
  site.add("aws:ec2/networkAclRule:NetworkAclRule", "extra", { ...acl, protocol: "tcp", ...fields });
  return site;
}
const ports = (from: number, to = from) => ({ fromPort: from, toPort: to });

test("is content with the flows of the site and nothing else", () => {
  expect(check(firewallDefaultDeny, GOOD.copy())).toEqual({ findings: [] });
});

test.each([
  [
    { ipProtocol: "-1", ...ANYWHERE },
    "extra lets every protocol and port in from 0.0.0.0/0, want one port for each flow; name the ports",
  ],
  [
    { ipProtocol: "tcp", fromPort: 0, toPort: 65535, cidrIpv4: "10.20.0.0/20" },
    "extra lets every tcp port in from 10.20.0.0/20, want one port for each flow; name the ports",
  ],
  [
    { ...tcp(22), ...ANYWHERE },
    "extra lets tcp port 22 in from 0.0.0.0/0, want the internet let in only at the entrance, on 80 and 443; name a group in its place",
  ],
  [
    { ...tcp(8443), cidrIpv4: "128.0.0.0/1" },
    "extra lets tcp port 8443 in from 128.0.0.0/1, want the internet let in only at the entrance, on 80 and 443; name a group in its place",
  ],
  [
    { ...tcp(443), cidrIpv6: "::/0" },
    "extra lets tcp port 443 in from ::/0, want the internet let in only at the entrance, on 80 and 443; name a group in its place",
  ],
  [
    { ...tcp(8443), cidrIpv4: "10.20.0.0/16" },
    "extra lets tcp port 8443 in from all of 10.20.0.0/16, want the group that connects; name it",
  ],
  [
    { ...tcp(8443), cidrIpv4: "10.20.32.0/20" },
    "extra lets tcp port 8443 in from 10.20.32.0/20, and db-1 there does not connect; name the group that does",
  ],
])("finds a web servers' rule %j", (rule, message) => {
  expect(found(plus(INGRESS, "web", rule))).toEqual([message]);
});

test("finds a port that nobody listens on, and one that opens more than is listened on", () => {
  const site = GOOD.copy();
  const from = { referencedSecurityGroupId: site.ref("edge-group") };
  expect(found(plus(INGRESS, "web", { ...tcp(9999), ...from }))).toEqual([
    "extra lets tcp port 9999 in from edge-group, and nothing in web-group listens on 9999; remove it",
  ]);
  expect(found(plus(INGRESS, "web", { ...tcp(8443), toPort: 8445, ...from }))).toEqual([
    "extra lets tcp ports 8443 to 8445 in from edge-group, and nothing in web-group listens on 8444; remove it",
  ]);
  expect(found(plus(INGRESS, "web", { ...tcp(8443), ipProtocol: "17", ...from }))).toEqual([
    "extra lets udp port 8443 in from edge-group, and nothing in web-group listens on 8443; remove it",
  ]);
});

test("finds a flow between two groups that no configuration makes", () => {
  const from = { referencedSecurityGroupId: GOOD.copy().ref("edge-group") };
  expect(found(plus(INGRESS, "data", { ...tcp(3306), ...from }))).toEqual([
    "extra lets tcp port 3306 in from edge-group, and none of its hosts connects there; remove it",
  ]);
  const to = { referencedSecurityGroupId: GOOD.copy().ref("data-group") };
  expect(found(plus(EGRESS, "edge", { ...tcp(3306), ...to }))).toEqual([
    "extra lets tcp port 3306 out to data-group, and no host of edge-group connects there; remove it",
  ]);
});

test("takes a shell by way of the Instance Connect Endpoint, and from nobody else", () => {
  const from = { referencedSecurityGroupId: GOOD.copy().ref("web-group") };
  expect(found(plus(INGRESS, "data", { ...tcp(22), ...from }))).toEqual([
    "extra lets tcp port 22 in from web-group, and nothing in data-group listens on 22; remove it",
  ]);
});

test("finds a way out that is wider than HTTP and HTTPS", () => {
  expect(found(plus(EGRESS, "web", { ipProtocol: "-1", ...ANYWHERE }))).toEqual([
    "extra lets every protocol and port out to 0.0.0.0/0, want one port for each flow; name the ports",
  ]);
  expect(found(plus(EGRESS, "web", { ...tcp(25), ...ANYWHERE }))).toEqual([
    "extra lets tcp port 25 out to 0.0.0.0/0, want only 80 and 443 to the internet; remove it",
  ]);
});

test("reads rules that are written into the group, and rules of the older kind", () => {
  const inline = [{ protocol: "tcp", fromPort: 22, toPort: 22, cidrBlocks: ["0.0.0.0/0"] }];
  expect(found(GOOD.copy().change("web-group", { ingress: inline }))).toEqual([
    "a rule in web-group lets tcp port 22 in from 0.0.0.0/0, want the internet let in only at the entrance, on 80 and 443; name a group in its place",
  ]);
  const older = { type: "ingress", protocol: "all", fromPort: 0, toPort: 0, cidrBlocks: ["0.0.0.0/0"] };
  expect(found(plus("aws:ec2/securityGroupRule:SecurityGroupRule", "web", older))).toEqual([
    "extra lets every protocol and port in from 0.0.0.0/0, want one port for each flow; name the ports",
  ]);
});

test("is content with a stack that was read back from AWS, where groups and ACLs list all their rules", () => {
  const site = GOOD.copy();
  for (const group of ["access", "edge", "web"]) site.change(`${group}-group`, { id: `sg-${group}` });
  const rule = (port: number, from: string) => ({
    ...{ protocol: "tcp", fromPort: port, toPort: port, securityGroups: [from], cidrBlocks: [], self: false },
  });
  site.change("web-group", {
    ingress: [rule(8443, "sg-edge"), rule(22, "sg-access")],
    egress: [{ protocol: "tcp", fromPort: 443, toPort: 443, cidrBlocks: ["0.0.0.0/0"] }],
  });
  site.change("web-acl", {
    ingress: [
      { protocol: "6", ruleNo: 900, action: "deny", cidrBlock: "10.20.0.0/16", fromPort: 0, toPort: 0 },
    ],
  });
  expect(found(site)).toEqual([]);
});

test("does not ask for what AWS fills in", () => {
  const site = GOOD.copy().change("web-group", { ingress: unknownValue, egress: unknownValue });
  expect(found(site.change("web-acl", { ingress: unknownValue }))).toEqual([]);
});

test("finds a host and a load balancer without a group", () => {
  expect(found(GOOD.copy().change("web-1-instance", { vpcSecurityGroupIds: undefined }))).toEqual([
    "web-1 has no security group of its own and gets the VPC's default one; set vpcSecurityGroupIds",
  ]);
  expect(found(GOOD.copy().change("entrance-balancer", { securityGroups: undefined }))).toContain(
    "entrance-balancer has no security group, so everybody reaches its listeners and its targets cannot name it; give it one, which AWS allows at creation only",
  );
});

test("finds a default group that was left as AWS makes it, or given rules", () => {
  expect(found(GOOD.copy().remove("network-default-group"))).toEqual([
    "the default security group of network-vpc lets its members reach each other and everything outside; take it over with a DefaultSecurityGroup without rules",
  ]);
  const ingress = [{ protocol: "-1", fromPort: 0, toPort: 0, self: true }];
  expect(found(GOOD.copy().change("network-default-group", { ingress }))).toEqual([
    "the default security group of network-vpc has rules, want none; remove them",
  ]);
});

test("finds a subnet without an ACL", () => {
  expect(found(GOOD.copy().remove("data-acl-eu-west-1b"))).toEqual([
    "subnet network-data-eu-west-1b has no network ACL of its own, and the VPC's default one lets everything through; associate one",
  ]);
});

test.each([
  [
    { protocol: "-1", cidrBlock: "0.0.0.0/0" },
    "extra lets every protocol and port in from 0.0.0.0/0, want one port for each flow and the rest denied; name the ports",
  ],
  [
    { cidrBlock: "10.20.16.0/20", ...ports(8080) },
    "extra lets tcp port 8080 in from 10.20.16.0/20, and no security group in its subnets does; remove it",
  ],
  [
    { cidrBlock: "0.0.0.0/0", ...ports(3306) },
    "extra lets tcp port 3306 in from 0.0.0.0/0, and no security group in its subnets does; remove it",
  ],
  [
    { protocol: "6", cidrBlock: "0.0.0.0/0", ...ports(1024, 65535) },
    "extra lets tcp ports 1024 to 65535 in from 0.0.0.0/0 and with it between all subnets of the VPC; deny the VPC's own addresses before it",
  ],
  [
    { egress: true, cidrBlock: "192.168.0.0/16", ...ports(1024, 65535) },
    "extra lets tcp ports 1024 to 65535 out to 192.168.0.0/16, and no flow has replies there; remove it",
  ],
])("finds a data ACL's entry %j", (fields, message) => {
  expect(found(entry("data", fields))).toEqual([message]);
});

test("takes an entry that denies, whatever it denies", () => {
  expect(found(entry("data", { ruleAction: "deny", protocol: "-1", cidrBlock: "0.0.0.0/0" }))).toEqual([]);
});

test("says what nobody can know yet", () => {
  expect(found(GOOD.copy().change("edge-web-8443-in", { fromPort: unknownValue }))).toEqual([
    "unknown: fromPort; without it nobody can tell what edge-web-8443-in opens",
  ]);
  expect(found(entry("data", { cidrBlock: unknownValue, ...ports(3306) }))).toEqual([
    "unknown: cidrBlock; without it nobody can tell whom extra lets through",
  ]);
  expect(found(GOOD.copy().change("web-1-instance", { vpcSecurityGroupIds: ["sg-1"] }))).toEqual([
    "unknown: vpcSecurityGroupIds; without it nobody can tell what web-1 lets through: its security group is not of this stack",
  ]);
});

test("is not applicable without a network", () => {
  const site = new Fixture();
  site.add("aws:s3/bucket:Bucket", "bucket", { ingress: [{ protocol: "-1" }] });
  expect(check(firewallDefaultDeny, site)).toEqual({
    notApplicable: "the stack has no network, host or firewall",
  });
});
