import { networkOf } from "../../../lab/cloud/network";
import { checkNetwork } from "../../../lab/machine/network";
import { cloudWithBalancer, groupSettings, type BalancedCloud } from "../../support/balanced-cloud";

let site: BalancedCloud;
beforeEach(async () => {
  site = await cloudWithBalancer();
});
const balancerInputs = () => site.cloud.model.get("lb/loadBalancer", site.balancer)!.properties;

test("a load balancer has a node with a private and a public address in each zone, which the machine can build", () => {
  const nodes = site.cloud.model.all("lb/node");
  expect(nodes.map(({ attributes }) => attributes.availabilityZone)).toEqual(["us-east-1a", "us-east-1b"]);
  expect(nodes.map(({ attributes }) => attributes.privateIp)).toEqual(["10.0.0.5", "10.0.1.5"]);
  const network = networkOf(site.cloud.model);
  expect(checkNetwork(network)).toEqual([]);
  expect(network.enis.map(({ id }) => id)).toEqual(
    expect.arrayContaining(nodes.map(({ attributes }) => attributes.networkInterfaceId)),
  );
  expect(network.addresses).toEqual(
    nodes.map(({ attributes: { publicIp, networkInterfaceId } }) => ({
      publicIp,
      eniId: networkInterfaceId,
    })),
  );
});

test("a load balancer's ARN, name and zone are AWS's", async () => {
  const { id, outputs } = await site.cloud.make("lb/loadBalancer", { ...balancerInputs(), name: "other" });
  expect(id).toMatch(
    /^arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer\/net\/other\/[0-9a-f]{16}$/,
  );
  expect(outputs).toMatchObject({
    arn: id,
    arnSuffix: id.split("loadbalancer/")[1],
    dnsName: `other-${id.split("/").at(-1)}.elb.us-east-1.amazonaws.com`,
    zoneId: "Z26RNL4JYFTOTI",
    vpcId: site.vpcId,
    internal: false,
  });
});

test("a zone that is added gets a node, and the others keep theirs", async () => {
  const before = site.cloud.model.all("lb/node");
  const added = await site.cloud.make("ec2/subnet", {
    vpcId: site.vpcId,
    cidrBlock: "10.0.2.0/24",
    availabilityZone: "us-east-1c",
  });
  const subnets = [...site.subnets, added.id];
  await site.cloud.change("lb/loadBalancer", site.balancer, { ...balancerInputs(), subnets });
  expect(site.cloud.model.all("lb/node").slice(0, 2)).toEqual(before);
  expect(site.cloud.model.all("lb/node")).toHaveLength(3);
});

test("without a security group a load balancer has no firewall", async () => {
  await site.cloud.make("lb/loadBalancer", { ...balancerInputs(), name: "open", securityGroups: undefined });
  const network = networkOf(site.cloud.model);
  const groups = network.enis.slice(-2).map(({ securityGroupIds }) => securityGroupIds);
  expect(groups).toEqual([["sg-none"], ["sg-none"]]);
  expect(checkNetwork(network)).toEqual([]);
});

test("a load balancer goes with its nodes and listeners, and not while it is protected", async () => {
  await expect(site.cloud.remove("ec2/subnet", site.subnets[0])).rejects.toThrow("DependencyViolation");
  await expect(site.cloud.remove("lb/targetGroup", site.group)).rejects.toThrow("ResourceInUse");
  await site.cloud.change("lb/loadBalancer", site.balancer, {
    ...balancerInputs(),
    enableDeletionProtection: true,
  });
  await expect(site.cloud.remove("lb/loadBalancer", site.balancer)).rejects.toThrow("OperationNotPermitted");
  await site.cloud.change("lb/loadBalancer", site.balancer, {
    ...balancerInputs(),
    enableDeletionProtection: false,
  });
  await site.cloud.remove("lb/loadBalancer", site.balancer);
  await site.cloud.remove("lb/targetGroup", site.group);
  const left = [...site.cloud.model.everything()].filter(({ kind }) => kind.startsWith("lb/"));
  expect(left.map(({ kind }) => kind)).toEqual(["lb/targetGroupAttachment", "lb/targetGroupAttachment"]);
});

describe("AWS refuses", () => {
  const another = (changes: Record<string, unknown>) =>
    site.cloud.make("lb/loadBalancer", { ...balancerInputs(), name: "other", ...changes });
  const listener = (changes: Record<string, unknown>) =>
    site.cloud.make("lb/listener", {
      loadBalancerArn: site.balancer,
      port: 80,
      protocol: "TCP",
      defaultActions: [{ type: "forward", targetGroupArn: site.group }],
      ...changes,
    });

  test("a second load balancer or target group of a name", async () => {
    await expect(another({ name: "site" })).rejects.toThrow("DuplicateLoadBalancerName");
    await expect(site.cloud.make("lb/targetGroup", { ...groupSettings, vpcId: site.vpcId })).rejects.toThrow(
      "DuplicateTargetGroupName",
    );
  });

  test("two subnets of a zone, or one that is not there", async () => {
    const twin = await site.cloud.make("ec2/subnet", {
      vpcId: site.vpcId,
      cidrBlock: "10.0.9.0/24",
      availabilityZone: "us-east-1a",
    });
    await expect(another({ subnets: [site.subnets[0], twin.id] })).rejects.toThrow(
      "want one of each zone, got two of us-east-1a",
    );
    await expect(another({ subnets: ["subnet-0123456789abcdef0"] })).rejects.toThrow("SubnetNotFound");
    expect(site.cloud.model.all("lb/node")).toHaveLength(2);
  });

  test("a load balancer that faces the internet in a VPC that does not, and to take that away", async () => {
    const [gateway] = site.cloud.model.all("ec2/internetGateway");
    await expect(site.cloud.remove("ec2/internetGateway", gateway.id)).rejects.toThrow("DependencyViolation");
    site.cloud.model.remove(gateway);
    await expect(another({})).rejects.toThrow("want a VPC with an internet gateway");
    await expect(another({ internal: true })).resolves.toBeDefined();
  });

  test("a second listener on a port, and a target group of two load balancers", async () => {
    await expect(listener({ port: 443 })).rejects.toThrow("DuplicateListener");
    const { id } = await another({});
    await expect(listener({ loadBalancerArn: id })).rejects.toThrow("TargetGroupAssociationLimit");
    await expect(listener({})).resolves.toBeDefined();
  });

  test("a target that is not there", async () => {
    await expect(
      site.cloud.make("lb/targetGroupAttachment", { targetGroupArn: site.group, targetId: "i-0" }),
    ).rejects.toThrow("InvalidTarget");
    expect(site.cloud.model.all("lb/targetGroupAttachment")).toHaveLength(2);
  });

  test("an alias of another zone than the load balancer's", async () => {
    const zoneId = (await site.cloud.make("route53/zone", { name: "foobar.com" })).id;
    const alias = (of: string) =>
      site.cloud.make("route53/record", {
        zoneId,
        name: "www.foobar.com",
        type: "A",
        aliases: [{ name: site.dnsName, zoneId: of, evaluateTargetHealth: true }],
      });
    await expect(alias("Z35SXDOTRQ7X7K")).rejects.toThrow("want Z26RNL4JYFTOTI");
    await expect(alias("Z26RNL4JYFTOTI")).resolves.toBeDefined();
  });
});
