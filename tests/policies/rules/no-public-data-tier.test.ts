import { noPublicDataTier } from "../../../policies/rules/no-public-data-tier";
import { check, Fixture, goodSite, messages, unknownValue } from "../../support/policies";

/** Made once: what is copied keeps its compressed user data. */
const GOOD = goodSite();
const found = (site: Fixture) => messages(noPublicDataTier, site);

test("is content with databases behind a NAT gateway that only web servers reach", () => {
  expect(check(noPublicDataTier, GOOD.copy())).toEqual({ findings: [] });
});

test("finds a public address, given by the host or by its subnet", () => {
  expect(found(GOOD.copy().change("db-1-instance", { associatePublicIpAddress: true }))).toEqual([
    "db-1: a database has a public address (associatePublicIpAddress is true); set it to false",
  ]);
  const bySubnet = GOOD.copy()
    .change("db-1-instance", { associatePublicIpAddress: undefined })
    .change("network-data-eu-west-1a", { mapPublicIpOnLaunch: true });
  expect(found(bySubnet)).toEqual([
    "db-1: a database gets a public address from subnet network-data-eu-west-1a (mapPublicIpOnLaunch is true); set associatePublicIpAddress to false",
  ]);
});

test("finds an elastic IP", () => {
  const site = GOOD.copy();
  const address = site.add("aws:ec2/eip:Eip", "spare");
  site.add("aws:ec2/eipAssociation:EipAssociation", "spare-on-db-2", {
    allocationId: address,
    instanceId: site.ref("db-2-instance"),
  });
  expect(found(site)).toEqual(["db-2: a database has the elastic IP of spare-on-db-2; remove it"]);
});

test("finds a database behind a load balancer that faces the internet", () => {
  const site = GOOD.copy();
  site.add("aws:lb/targetGroupAttachment:TargetGroupAttachment", "leak", {
    targetGroupArn: site.ref("entrance-443"),
    targetId: site.ref("db-1-instance"),
    port: 3306,
  });
  expect(found(site)).toEqual([
    "db-1: a database is a target of entrance-balancer, which faces the internet; make it internal",
  ]);
});

test("finds a route to the internet gateway, also one that is written into the table", () => {
  const site = GOOD.copy();
  const open = site.add("aws:ec2/routeTable:RouteTable", "open", {
    vpcId: site.ref("network-vpc"),
    routes: [{ cidrBlock: "0.0.0.0/0", gatewayId: site.ref("network-internet") }],
  });
  site.remove("network-data-eu-west-1a-routes");
  site.add("aws:ec2/routeTableAssociation:RouteTableAssociation", "leak", {
    subnetId: site.ref("network-data-eu-west-1a"),
    routeTableId: open,
  });
  expect(found(site)).toEqual([
    "db-1: the subnet of a database, network-data-eu-west-1a, has a route to the internet gateway in open; route it to a NAT gateway",
  ]);
});

test("finds a group rule that lets the internet in, once and not for every host", () => {
  const site = GOOD.copy().change("web-data-3306-in", {
    referencedSecurityGroupId: undefined,
    cidrIpv4: "0.0.0.0/0",
  });
  expect(found(site)).toEqual([
    "web-data-3306-in lets 0.0.0.0/0 in on tcp port 3306 of databases (db-1, db-2, db-3); name the group of the web servers in its place",
  ]);
});

test("finds an ACL entry that lets the internet in, and leaves replies alone", () => {
  const site = GOOD.copy();
  site.add("aws:ec2/networkAclRule:NetworkAclRule", "leak", {
    ...{ networkAclId: site.ref("data-acl"), ruleNumber: 50, egress: false, ruleAction: "allow" },
    ...{ protocol: "tcp", cidrBlock: "0.0.0.0/0", fromPort: 3306, toPort: 3306 },
  });
  expect(found(site)).toEqual([
    "leak lets 0.0.0.0/0 in on tcp port 3306 of the subnets of databases (db-1, db-2, db-3); let only the web servers' subnets in",
  ]);
});

test("finds databases by what they run and not by their names", () => {
  const site = GOOD.copy().drop("db-1", "/etc/mysql/mysql.conf.d/zz-foobar.cnf");
  expect(found(site.change("db-1-instance", { associatePublicIpAddress: true }))).toEqual([]);
});

test("asks what a public host runs when nobody can know it", () => {
  const site = GOOD.copy().change("web-1-instance", { userDataBase64: unknownValue });
  expect(found(site)).toEqual([]);
  expect(found(site.change("web-1-instance", { associatePublicIpAddress: true }))).toEqual([
    "unknown: userDataBase64; without it nobody can tell whether web-1-instance, which the internet can reach, is a database",
  ]);
});

test("says what it does not know about an address", () => {
  expect(
    found(GOOD.copy().change("db-1-instance", { associatePublicIpAddress: GOOD.ref("network-vpc") })),
  ).toEqual([
    "unknown: associatePublicIpAddress; without it nobody can tell whether db-1 has a public address",
  ]);
});

test("is not applicable without a database", () => {
  const site = new Fixture();
  site.add("aws:ec2/instance:Instance", "web-1-instance", { associatePublicIpAddress: true });
  expect(check(noPublicDataTier, site)).toEqual({ notApplicable: "no host of the stack runs MySQL" });
});
