import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { checkEntrance, Entrance, type EntranceArgs, type EntranceHooks } from "../../components/entrance";
import { isUnknown, mockCloud } from "../support/mocks";

const args: EntranceArgs = {
  vpcId: "vpc-1",
  subnets: { "us-east-1a": "subnet-a", "us-east-1b": "subnet-b" },
  groupId: "sg-1",
  firewalls: [],
  crossZone: true,
  protect: false,
};

function hooks(): EntranceHooks {
  const hook = (name: string) => new pulumi.ResourceHook(name, () => undefined);
  return { inService: hook("in-service"), outOfService: hook("out-of-service") };
}

/** A load balancer's host, as far as the entrance knows it. */
const host = (name: string) => ({
  instanceId: `i-${name}`,
  record: new aws.route53.Record(`${name}-record`, { zoneId: "Z1", name, type: "A" }),
});

async function built(more: Partial<EntranceArgs> = {}, preview = false) {
  const cloud = await mockCloud({ preview });
  const entrance = new Entrance("entrance", { ...args, ...more });
  const given = hooks();
  for (const name of ["lb-1", "lb-2"]) entrance.admit(name, host(name), given);
  await cloud.settled();
  return cloud;
}

test("is one network load balancer with a listener and a target group for each of the site's ports", async () => {
  const cloud = await built();
  expect(cloud.children("entrance")).toEqual([
    "aws:lb/listener:Listener entrance-443-listener",
    "aws:lb/listener:Listener entrance-80-listener",
    "aws:lb/loadBalancer:LoadBalancer entrance-balancer",
    "aws:lb/targetGroup:TargetGroup entrance-443",
    "aws:lb/targetGroup:TargetGroup entrance-80",
    "aws:lb/targetGroupAttachment:TargetGroupAttachment entrance-443-lb-1",
    "aws:lb/targetGroupAttachment:TargetGroupAttachment entrance-443-lb-2",
    "aws:lb/targetGroupAttachment:TargetGroupAttachment entrance-80-lb-1",
    "aws:lb/targetGroupAttachment:TargetGroupAttachment entrance-80-lb-2",
  ]);
});

test("stands in every zone, with its group from the beginning", async () => {
  const cloud = await built();
  expect(cloud.named("entrance-balancer")).toMatchObject({
    protect: false,
    inputs: {
      loadBalancerType: "network",
      internal: false,
      subnets: ["subnet-a", "subnet-b"],
      securityGroups: ["sg-1"],
      enableCrossZoneLoadBalancing: true,
      enableDeletionProtection: false,
    },
  });
});

test("is kept by deployments, and by AWS itself, where that is asked for", async () => {
  const cloud = await built({ protect: true, crossZone: false });
  expect(cloud.named("entrance-balancer")).toMatchObject({
    protect: true,
    inputs: { enableDeletionProtection: true, enableCrossZoneLoadBalancing: false },
  });
});

test.each([80, 443])(
  "tells the targets of port %i who the client is, and cuts none that leaves",
  async (port) => {
    const cloud = await built();
    expect(cloud.named(`entrance-${port}`).inputs).toMatchObject({
      port,
      protocol: "TCP",
      targetType: "instance",
      preserveClientIp: "false",
      proxyProtocolV2: true,
      connectionTermination: false,
      targetHealthStates: [{ enableUnhealthyConnectionTermination: false }],
      healthCheck: {
        protocol: "HTTP",
        port: "8405",
        path: "/healthz",
        matcher: "200",
        interval: 5,
        timeout: 3,
        healthyThreshold: 2,
        unhealthyThreshold: 2,
      },
    });
    expect(cloud.named(`entrance-${port}-listener`).inputs).toMatchObject({
      port,
      loadBalancerArn: expect.stringContaining("entrance-balancer") as string,
      defaultActions: [
        { type: "forward", targetGroupArn: expect.stringContaining(`entrance-${port}`) as string },
      ],
    });
  },
);

test("admits one load balancer after the other, each to a name that it has already", async () => {
  const cloud = await built();
  for (const balancer of ["lb-1", "lb-2"])
    for (const port of [80, 443]) {
      const { dependsOn, inputs, hooks: bound } = cloud.named(`entrance-${port}-${balancer}`);
      expect(inputs).toMatchObject({ targetId: `i-${balancer}`, port });
      expect(dependsOn).toEqual(expect.arrayContaining([`${balancer}-record`, `entrance-${port}-listener`]));
      const earlier = balancer === "lb-1" ? [] : ["entrance-443-lb-1", "entrance-80-lb-1"];
      expect(dependsOn.filter((name) => /^entrance-\d+-lb/.test(name))).toEqual(earlier);
      expect(bound).toEqual({ afterCreate: ["in-service"], beforeDelete: ["out-of-service"] });
    }
});

test("can be previewed when nothing exists, with all that a policy reads", async () => {
  const cloud = await built({}, true);
  expect(isUnknown(cloud.named("entrance-443-listener").inputs.loadBalancerArn)).toBe(true);
  expect(isUnknown(cloud.named("entrance-443-lb-1").inputs.targetGroupArn)).toBe(true);
  expect(cloud.named("entrance-443").inputs.healthCheck).toMatchObject({ port: "8405" });
  expect(cloud.named("entrance-443-lb-1").propertyDependencies.targetGroupArn).toEqual(["entrance-443"]);
});

test.each([
  [
    "an-entrance-too-long",
    {},
    "name: want at most 15 characters, got 20; AWS takes 32 with what is added; shorten it",
  ],
  [
    "internal-site",
    {},
    "name: want letters, digits and inner hyphens, not internal-…, got internal-site; choose another",
  ],
  ["entrance", { subnets: {} }, "subnets: want one of each of 1 to 6 zones, got 0; add or remove some"],
])("refuses %s with %j", async (name, wrong, message) => {
  expect(checkEntrance(name, { ...args, ...wrong })).toEqual([message]);
  const cloud = await mockCloud();
  expect(() => new Entrance(name, { ...args, ...wrong })).toThrow(`${name}: ${message}`);
  await cloud.settled();
});
