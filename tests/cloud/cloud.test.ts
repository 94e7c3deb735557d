import { CloudOnPaper } from "../support/lab-cloud";

const zone = "us-east-1a";
let cloud: CloudOnPaper;
let vpcId: string;
beforeEach(async () => {
  cloud = new CloudOnPaper();
  vpcId = (await cloud.make("ec2/vpc", { cidrBlock: "10.0.0.0/16" })).id;
});
const subnet = (cidrBlock: string, vpc = vpcId) =>
  cloud.make("ec2/subnet", { vpcId: vpc, cidrBlock, availabilityZone: zone });

describe("a subnet", () => {
  test("is refused outside its VPC's block", async () => {
    await expect(subnet("10.1.0.0/24")).rejects.toThrow(
      /^InvalidSubnet.Range: cidrBlock: want a block inside 10.0.0.0\/16, got 10.1.0.0\/24; .*docs.aws.amazon.com/,
    );
  });

  test("is refused where it overlaps another one", async () => {
    const { id } = await subnet("10.0.0.0/20");
    await expect(subnet("10.0.8.0/24")).rejects.toThrow(
      `InvalidSubnet.Conflict: cidrBlock: want a block beside 10.0.0.0/20 (${id}), got 10.0.8.0/24`,
    );
    await expect(subnet("10.0.16.0/24")).resolves.toBeDefined();
  });

  test("is refused in a VPC that is not there", async () => {
    await expect(subnet("10.0.0.0/24", "vpc-00000000000000000")).rejects.toThrow(
      "vpcId: want a ec2/vpc that is there, got vpc-00000000000000000; create it first",
    );
  });

  test("keeps its VPC from being deleted, which says so", async () => {
    const { id } = await subnet("10.0.0.0/24");
    await expect(cloud.remove("ec2/vpc", vpcId)).rejects.toThrow(
      `DependencyViolation: ${vpcId}: want nothing that uses it, got ${id}; delete that first`,
    );
    await cloud.remove("ec2/subnet", id);
    await cloud.remove("ec2/vpc", vpcId);
    expect([...cloud.model.everything()]).toEqual([]);
  });
});

describe("a create", () => {
  const volume = { availabilityZone: zone, size: 8, type: "gp3" };

  test("that is repeated with its token gives the resource that is there", async () => {
    const first = await cloud.make("ebs/volume", volume, "token");
    const again = await cloud.make("ebs/volume", volume, "token");
    const other = await cloud.make("ebs/volume", volume, "another");
    expect(again.id).toBe(first.id);
    expect(other.id).not.toBe(first.id);
    expect(cloud.done).toEqual([`createVolume ${first.id}`, `createVolume ${other.id}`]);
  });

  test("sent twice at once acts once", async () => {
    const [first, second] = await Promise.all([
      cloud.make("ebs/volume", volume, "token"),
      cloud.make("ebs/volume", volume, "token"),
    ]);
    expect(second.id).toBe(first.id);
    expect(cloud.done).toHaveLength(1);
  });

  test("that fails on the machine leaves nothing, and may be tried again", async () => {
    cloud.failure = new Error("no room");
    await expect(cloud.make("ebs/volume", volume, "token")).rejects.toThrow("no room");
    expect(cloud.model.all("ebs/volume")).toEqual([]);
    await expect(cloud.make("ebs/volume", volume, "token")).resolves.toBeDefined();
  });
});

test("a route to a destination is refused a second time", async () => {
  const gatewayId = (await cloud.make("ec2/internetGateway", { vpcId })).id;
  const routeTableId = (await cloud.make("ec2/routeTable", { vpcId })).id;
  const route = { routeTableId, gatewayId, destinationCidrBlock: "0.0.0.0/0" };
  await cloud.make("ec2/route", route);
  await expect(cloud.make("ec2/route", route)).rejects.toThrow("RouteAlreadyExists");
});

test("deleting what is gone is no error", async () => {
  await expect(cloud.remove("ebs/volume", "vol-00000000000000000")).resolves.toBeUndefined();
});
