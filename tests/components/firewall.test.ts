import { planAddresses } from "../../components/address-plan";
import { checkFirewall, Firewall } from "../../components/firewall";
import { siteFlows } from "../../components/flows";
import { mockCloud } from "../support/mocks";

const subnets = { edge: { a: "subnet-e" }, web: { a: "subnet-w", b: "subnet-w2" }, data: { a: "subnet-d" } };
const network = { vpcId: "vpc-1", subnets, plan: planAddresses("10.0.0.0/16") };
const web = { tier: "web", network, peers: { edge: "sg-edge", access: "sg-access" } } as const;

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
  new Firewall("data-firewall", { tier: "data", network, peers: { web: "sg-web", access: "sg-access" } });
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

test("refuses more rules than a network ACL holds", () => {
  const flows = Array.from({ length: 19 }, (_, index) => ({
    from: "edge" as const,
    to: "web" as const,
    port: 9000 + index,
    service: "x",
    number: 300 + index,
  }));
  expect(checkFirewall({ ...web, flows: [...siteFlows(), ...flows] })).toEqual([
    expect.stringMatching(/^flows: want at most 20 ACL rules in, got \d+; merge some flows$/),
  ]);
});
