import type { Recording } from "../support/mocks";
import { before, boundHooks, runProgram } from "../support/program";

const zones = ["us-east-1a", "us-east-1b", "us-east-1c"];
/** In its hardened shape. */
let cloud: Recording;
beforeAll(async () => {
  cloud = await runProgram("lab");
}, 120_000);

const custom = () => cloud.resources.filter((resource) => resource.custom);

test("has at least two of whatever serves, each in another zone", () => {
  const hosts = cloud.ofType("aws:ec2/instance:Instance").map(({ name, inputs }) => {
    const zone = zones.find((one) => String(inputs.subnetId).includes(one));
    return `${name.replace(/-instance$/, "")} ${String(inputs.subnetId).split("-")[1]} ${zone}`;
  });
  expect(hosts.sort()).toEqual([
    "db-1 data us-east-1a",
    "db-2 data us-east-1b",
    "db-3 data us-east-1c",
    "lb-1 edge us-east-1a",
    "lb-2 edge us-east-1b",
    "web-1 web us-east-1a",
    "web-2 web us-east-1b",
    "web-3 web us-east-1c",
  ]);
  expect(cloud.ofType("aws:ec2/natGateway:NatGateway")).toHaveLength(zones.length);
});

test("gives no host a public address", () => {
  for (const { name, inputs } of cloud.ofType("aws:ec2/instance:Instance"))
    expect([name, inputs.associatePublicIpAddress]).toEqual([name, false]);
  expect(cloud.ofType("aws:ec2/eipAssociation:EipAssociation")).toEqual([]);
});

test("lets the internet in at the network load balancer only", () => {
  const open = cloud
    .ofType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    .filter(({ inputs }) => inputs.cidrIpv4 !== undefined);
  expect(open.map(({ inputs }) => [inputs.securityGroupId, inputs.fromPort])).toEqual([
    ["edge-firewall-entrance-group-id", 80],
    ["edge-firewall-entrance-group-id", 443],
  ]);
  const [balancer] = cloud.ofType("aws:lb/loadBalancer:LoadBalancer");
  expect(balancer.inputs.securityGroups).toEqual(["edge-firewall-entrance-group-id"]);
});

test("moves traffic one host at a time, from the data outwards, and the names of the site last", () => {
  // Ports of one load balancer are switched together.
  const stages = [
    ...["db-1-attachment", "db-2-attachment", "db-3-attachment"].map((name) => [name]),
    ...["web-1-record", "web-2-record", "web-3-record", "lb-1-record"].map((name) => [name]),
    ...[attachments("lb-1"), ["lb-2-record"], attachments("lb-2")],
    ["public-zone-site", "public-zone-apex", "terms-reached"],
  ];
  stages.forEach((stage, index) => {
    for (const name of stage)
      expect([name, [...before(cloud, name)]]).toEqual([
        name,
        expect.arrayContaining(stages.slice(0, index).flat()),
      ]);
  });
});

function attachments(host: string): string[] {
  const found = cloud
    .ofType("aws:lb/targetGroupAttachment:TargetGroupAttachment")
    .filter(({ inputs }) => inputs.targetId === `${host}-instance-id`);
  expect(found).toHaveLength(2);
  for (const { hooks } of found)
    expect(hooks).toMatchObject({
      afterCreate: ["foobar-in-service"],
      beforeDelete: ["foobar-out-of-service"],
    });
  return found.map(({ name }) => name);
}

test("gives every host that speaks TLS inside a certificate for its own name, and each tier only its own", () => {
  const issued = cloud.ofType("tls:index/locallySignedCert:LocallySignedCert").map(({ name }) => name);
  const hosts = ["lb-1", "lb-2", "web-1", "web-2", "web-3", "db-1", "db-2", "db-3"];
  expect(issued.sort()).toEqual(["site", ...hosts].map((owner) => `certificates-${owner}`).sort());
  const readable = (tier: string) => JSON.stringify(cloud.named(`${tier}-role-policy`).inputs.policy);
  expect(readable("edge")).toContain("tls/lb-2-");
  expect(readable("edge")).not.toContain("tls/web-1-");
  expect(readable("web")).not.toContain("tls/site-");
  expect(readable("data")).not.toContain("tls/lb-1-");
});

test("protects what holds data where the stack asks for it", () => {
  const kept = custom().filter(({ protect }) => protect);
  expect(kept.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["db-1-volume", "db-2-volume", "db-3-volume", "encryption-key"]),
  );
});

test("binds every hook of a site behind a network load balancer", () => {
  expect(boundHooks(cloud)).toEqual([
    "foobar-agreed",
    "foobar-attached",
    "foobar-detaching",
    "foobar-in-service",
    "foobar-leaving",
    "foobar-named",
    "foobar-out-of-service",
  ]);
});
