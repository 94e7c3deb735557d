import { checkNetwork, Network, type NetworkArgs } from "../../components/network";
import { isUnknown, mockCloud } from "../support/mocks";

const args: NetworkArgs = {
  cidr: "10.0.0.0/16",
  zones: ["us-east-1a", "us-east-1b"],
  privateTiers: ["web", "data"],
  natGateways: "one",
};
/** Three private tiers, and a way out in each zone. */
const hardened: NetworkArgs = { ...args, privateTiers: ["edge", "web", "data"], natGateways: "each-zone" };

test("makes one VPC with public subnets and those of private tiers in every zone, and routes as resources of their own", async () => {
  const cloud = await mockCloud();
  new Network("network", args);
  await cloud.settled();
  const count: Record<string, number> = {};
  for (const child of cloud.children("network")) {
    const type = child.split(" ")[0];
    count[type] = (count[type] ?? 0) + 1;
  }
  expect(count).toEqual({
    "aws:ec2/vpc:Vpc": 1,
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": 1,
    "aws:ec2/internetGateway:InternetGateway": 1,
    "aws:ec2/subnet:Subnet": 6,
    "aws:ec2/eip:Eip": 1,
    "aws:ec2/natGateway:NatGateway": 1,
    "aws:ec2/routeTable:RouteTable": 2,
    "aws:ec2/route:Route": 2,
    "aws:ec2/routeTableAssociation:RouteTableAssociation": 6,
  });
  expect(cloud.named("network-vpc").inputs).toMatchObject({
    enableDnsSupport: true,
    enableDnsHostnames: true,
  });
  const defaultGroup = cloud.named("network-default-group").inputs;
  expect(Object.keys(defaultGroup).sort()).toEqual(["tags", "vpcId"]);
});

test("gives no host a public address by its subnet, and only public subnets a way in", async () => {
  const cloud = await mockCloud();
  new Network("network", args);
  await cloud.settled();
  for (const subnet of cloud.ofType("aws:ec2/subnet:Subnet"))
    expect(subnet.inputs.mapPublicIpOnLaunch).toBe(false);
  const tables = cloud
    .ofType("aws:ec2/routeTableAssociation:RouteTableAssociation")
    .map(({ name, inputs }) => `${name.split("-")[1]} ${String(inputs.routeTableId)}`);
  expect([...new Set(tables)].sort()).toEqual([
    "data network-private-routes-id",
    "public network-public-routes-id",
    "web network-private-routes-id",
  ]);
  expect(cloud.named("network-public-default").inputs.gatewayId).toBe("network-internet-id");
  expect(cloud.named("network-private-default").inputs.natGatewayId).toBe("network-nat-id");
});

test("gives each zone a way out of its own, so that no zone needs another one", async () => {
  const cloud = await mockCloud();
  new Network("network", hardened);
  await cloud.settled();
  const zones = Object.fromEntries(
    cloud.ofType("aws:ec2/subnet:Subnet").map(({ name, inputs }) => [`${name}-id`, inputs.availabilityZone]),
  );
  const places = cloud.ofType("aws:ec2/routeTableAssociation:RouteTableAssociation").map(({ inputs }) => {
    const table = String(inputs.routeTableId).replace(/-routes-id$/, "");
    const way = cloud.named(`${table}-default`).inputs;
    const gateway = String(way.natGatewayId ?? way.gatewayId).replace(/-id$/, "");
    const own = way.natGatewayId ? zones[cloud.named(gateway).inputs.subnetId as string] : "internet";
    return `${String(inputs.subnetId).split("-")[1]} ${own === zones[inputs.subnetId as string] ? "own zone" : String(own)}`;
  });
  expect([...new Set(places)].sort()).toEqual([
    "data own zone",
    "edge own zone",
    "public internet",
    "web own zone",
  ]);
  expect(cloud.ofType("aws:ec2/natGateway:NatGateway")).toHaveLength(2);
  expect(cloud.ofType("aws:ec2/eip:Eip")).toHaveLength(2);
});

test("moves no subnet when the load balancers get private ones", async () => {
  const blocks = async (what: NetworkArgs) => {
    const cloud = await mockCloud();
    new Network("network", what);
    await cloud.settled();
    return cloud
      .ofType("aws:ec2/subnet:Subnet")
      .map(({ name, inputs }) => `${name} ${String(inputs.cidrBlock)}`);
  };
  expect(await blocks(hardened)).toEqual(expect.arrayContaining(await blocks(args)));
});

test("keeps every subnet's addresses when a zone is added at the end", async () => {
  const blocks = async (zones: string[]) => {
    const cloud = await mockCloud();
    new Network("network", { ...args, zones });
    await cloud.settled();
    return cloud
      .ofType("aws:ec2/subnet:Subnet")
      .map(({ name, inputs }) => `${name} ${String(inputs.cidrBlock)}`);
  };
  const [two, three] = [await blocks(args.zones), await blocks([...args.zones, "us-east-1c"])];
  expect(three).toEqual(expect.arrayContaining(two));
  expect(new Set(three.map((entry) => entry.split(" ")[1])).size).toBe(9);
});

test("can be previewed when nothing exists", async () => {
  const cloud = await mockCloud({ preview: true });
  new Network("network", args);
  await cloud.settled();
  expect(isUnknown(cloud.named("network-public-us-east-1a").inputs.vpcId)).toBe(true);
  expect(cloud.named("network-public-us-east-1a").inputs.cidrBlock).toBe("10.0.0.0/24");
});

test.each([
  [{ cidr: "10.0.0.0/8" }, "cidr: want a private /16, got 10.0.0.0/8; use one such as 10.0.0.0/16"],
  [{ cidr: "172.32.0.0/16" }, "cidr: want a private /16, got 172.32.0.0/16; use one such as 10.0.0.0/16"],
  [{ zones: [] }, "zones: want 1 to 6 names, got 0; add or remove some"],
  [{ zones: ["a", "a"] }, "zones: want each name once, got a, a; remove the repetition"],
])("refuses %j", async (wrong, message) => {
  expect(checkNetwork({ ...args, ...wrong })).toEqual([message]);
  const cloud = await mockCloud();
  expect(() => new Network("network", { ...args, ...wrong })).toThrow(`network: ${message}`);
  await cloud.settled();
});
