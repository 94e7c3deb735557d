import { PrivateZone, PublicZone } from "../../components/dns";
import { mockCloud } from "../support/mocks";

test("the private zone is seen by the VPC only", async () => {
  const cloud = await mockCloud();
  new PrivateZone("zone", { domain: "foobar.internal", vpcId: "vpc-1" });
  await cloud.settled();
  expect(cloud.children("zone")).toEqual(["aws:route53/zone:Zone zone-zone"]);
  expect(cloud.named("zone-zone").inputs).toMatchObject({
    name: "foobar.internal",
    vpcs: [{ vpcId: "vpc-1" }],
  });
});

test("the public zone has the site's name and the bare domain on the site's address, and nothing else", async () => {
  const cloud = await mockCloud();
  new PublicZone("public", {
    domain: "foobar.com",
    siteName: "www.foobar.com",
    target: { address: "198.51.100.7" },
    after: [],
  });
  await cloud.settled();
  expect(cloud.named("public-zone").inputs).not.toHaveProperty("vpcs");
  const records = cloud.ofType("aws:route53/record:Record");
  expect(records.map(({ inputs }) => [inputs.name, inputs.type, inputs.ttl, inputs.records])).toEqual([
    ["www.foobar.com", "A", 60, ["198.51.100.7"]],
    ["foobar.com", "A", 60, ["198.51.100.7"]],
  ]);
});

test("the public zone's names are aliases of a load balancer that has addresses of its own", async () => {
  const cloud = await mockCloud();
  const target = { alias: { dnsName: "site-1.elb.us-east-1.amazonaws.com", zoneId: "Z26RNL4JYFTOTI" } };
  new PublicZone("public", { domain: "foobar.com", siteName: "www.foobar.com", target, after: [] });
  await cloud.settled();
  for (const { inputs } of cloud.ofType("aws:route53/record:Record")) {
    expect(inputs).not.toHaveProperty("ttl");
    expect(inputs.aliases).toEqual([
      { name: "site-1.elb.us-east-1.amazonaws.com", zoneId: "Z26RNL4JYFTOTI", evaluateTargetHealth: true },
    ]);
  }
});
