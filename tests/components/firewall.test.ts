import { planAddresses } from "../../components/address-plan";
import { checkFirewall, Firewall } from "../../components/firewall";
import { siteFlows } from "../../components/flows";
import type { PortShape } from "../../components/render";
import { mockCloud } from "../support/mocks";

const subnets = {
  public: { a: "subnet-p" },
  edge: { a: "subnet-e" },
  web: { a: "subnet-w", b: "subnet-w2" },
  data: { a: "subnet-d" },
};
const network = { vpcId: "vpc-1", subnets, plan: planAddresses("10.0.0.0/16") };
const shape: PortShape = {
  entrance: "elastic-ip",
  balancers: 1,
  transports: ["plain"],
  servers: ["nginx"],
};
const behindNlb: PortShape = {
  ...shape,
  entrance: "network-load-balancer",
  balancers: 2,
  transports: ["mutual-tls"],
};
const web = { tier: "web", shape, network, peers: { edge: "sg-edge", access: "sg-access" } } as const;

test("is a security group and a network ACL, each rule and each association a resource of its own", async () => {
  const cloud = await mockCloud();
  new Firewall("web-firewall", web);
  await cloud.settled();
  const rules = cloud.children("web-firewall").filter((child) => !child.includes("-acl"));
  expect(rules).toEqual([
    "aws:ec2/securityGroup:SecurityGroup web-firewall-group",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule web-firewall-access-web-22-out",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule web-firewall-edge-web-8080-out",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule web-firewall-web-internet-443-out",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule web-firewall-web-internet-80-out",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule web-firewall-access-web-22-in",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule web-firewall-edge-web-8080-in",
  ]);
  const group = cloud.named("web-firewall-group").inputs;
  expect(group).not.toHaveProperty("ingress");
  expect(group).not.toHaveProperty("egress");
});

test("names other tiers by their groups, never by an address", async () => {
  const cloud = await mockCloud();
  new Firewall("web-firewall", web);
  await cloud.settled();
  expect(cloud.named("web-firewall-edge-web-8080-in").inputs).toMatchObject({
    securityGroupId: "web-firewall-group-id",
    referencedSecurityGroupId: "sg-edge",
    fromPort: 8080,
    toPort: 8080,
  });
  expect(cloud.named("web-firewall-edge-web-8080-out").inputs).toMatchObject({
    securityGroupId: "sg-edge",
    referencedSecurityGroupId: "web-firewall-group-id",
  });
  const open = cloud.resources.filter(({ inputs }) => inputs.cidrIpv4 !== undefined).map(({ name }) => name);
  expect(open.sort()).toEqual(["web-firewall-web-internet-443-out", "web-firewall-web-internet-80-out"]);
});

test("cuts no subnet off: an ACL is put in place only when it has all its rules", async () => {
  const cloud = await mockCloud();
  new Firewall("web-firewall", web);
  await cloud.settled();
  const rules = cloud.ofType("aws:ec2/networkAclRule:NetworkAclRule").map(({ name }) => name);
  const placed = cloud.ofType("aws:ec2/networkAclAssociation:NetworkAclAssociation");
  expect(placed.map(({ inputs }) => inputs.subnetId)).toEqual(["subnet-w", "subnet-w2"]);
  for (const { dependsOn } of placed) expect(dependsOn).toEqual(expect.arrayContaining(rules));
});

test("lets members of the data tier reach each other by their own group", async () => {
  const cloud = await mockCloud();
  new Firewall("data-firewall", {
    tier: "data",
    shape,
    network,
    peers: { web: "sg-web", access: "sg-access" },
  });
  await cloud.settled();
  expect(cloud.named("data-firewall-data-data-3306-in").inputs.referencedSecurityGroupId).toBe(
    "data-firewall-group-id",
  );
});

test("refuses a tier that others enter when their groups are missing", async () => {
  expect(checkFirewall({ ...web, peers: {} })).toEqual([
    "peers.edge: want its security group, got none; pass the group of edge",
    "peers.access: want its security group, got none; pass the group of access",
  ]);
  const cloud = await mockCloud();
  expect(() => new Firewall("web-firewall", { ...web, peers: {} })).toThrow("web-firewall: peers.edge: want");
  await cloud.settled();
});

test("refuses a flow that has no place in the network ACLs", () => {
  const known = siteFlows(shape);
  // Every flow that has a number, at once.
  const crowded = [8080, 8443, 80, 443].flatMap((port) => [
    ...(["edge", "web", "data"] as const).map((from) => ({
      from,
      to: "internet" as const,
      port,
      service: "x",
    })),
  ]);
  expect(() => checkFirewall({ ...web, flows: [...known, ...crowded] })).toThrow(
    "flow web>internet:8080: want a number in the network ACLs, got none; give it one in acl-rules.ts",
  );
});

test("at the edge it also guards the network load balancer and the public subnets", async () => {
  const cloud = await mockCloud();
  new Firewall("edge-firewall", { tier: "edge", shape: behindNlb, network, peers: { access: "sg-access" } });
  await cloud.settled();
  expect(cloud.named("edge-firewall-internet-entrance-443-in").inputs).toMatchObject({
    securityGroupId: "edge-firewall-entrance-group-id",
    cidrIpv4: "0.0.0.0/0",
  });
  expect(cloud.named("edge-firewall-entrance-edge-443-out").inputs).toMatchObject({
    securityGroupId: "edge-firewall-entrance-group-id",
    referencedSecurityGroupId: "edge-firewall-group-id",
  });
  const open = cloud.resources.filter(({ inputs }) => inputs.cidrIpv4 !== undefined).map(({ name }) => name);
  expect(open.filter((name) => name.endsWith("-in")).sort()).toEqual([
    "edge-firewall-internet-entrance-443-in",
    "edge-firewall-internet-entrance-80-in",
  ]);
  const placed = cloud.ofType("aws:ec2/networkAclAssociation:NetworkAclAssociation");
  expect(
    placed.map(({ inputs }) => `${String(inputs.networkAclId)} ${String(inputs.subnetId)}`).sort(),
  ).toEqual(["edge-firewall-acl-id subnet-p", "edge-firewall-edge-acl-id subnet-e"]);
});

test("keeps the rules of a single load balancer in the public subnets under the same names behind an NLB", async () => {
  const names = async (which: PortShape) => {
    const cloud = await mockCloud();
    new Firewall("edge-firewall", { tier: "edge", shape: which, network, peers: { access: "sg-access" } });
    await cloud.settled();
    return cloud
      .ofType("aws:ec2/networkAclRule:NetworkAclRule")
      .map(({ name, inputs }) => `${name} ${JSON.stringify({ ...inputs })}`);
  };
  const [before, after] = [await names(shape), await names(behindNlb)];
  // What both have is the same; nothing is renumbered, so nothing is cut while one follows the other.
  const byName = new Map(before.map((rule) => [rule.split(" ")[0], rule]));
  for (const rule of after) expect(rule).toBe(byName.get(rule.split(" ")[0]) ?? rule);
});
