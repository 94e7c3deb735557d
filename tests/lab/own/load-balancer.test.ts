/** Network load balancers that run, in front of programs in namespaces: no host is booted for this. */
import type { AddressInfo } from "node:net";
import type { Server } from "node:http";
import {
  DeregisterTargetsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  RegisterTargetsCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { Balancers } from "../../../lab/cloud/balancing/balancers";
import { targetApi } from "../../../lab/cloud/balancing/target-api";
import { publicAddresses } from "../../../lab/cloud/dns/answer";
import { networkOf } from "../../../lab/cloud/network";
import { applyNetwork, eniNamespace, namespaces } from "../../../lab/machine/network";
import { probe } from "../../../lab/machine/network/probe";
import { must } from "../../../lab/machine/run";
import { leftovers, teardown } from "../../../lab/machine/teardown";
import { groupSettings } from "../../support/balanced-cloud";
import { CloudOnPaper } from "../../support/lab-cloud";
import { ownNetwork } from "../../support/own-lab";
import {
  converse,
  greetings,
  targetHost,
  type Conversation,
  type TargetHost,
} from "../../support/target-host";
import { until } from "../../support/until";

process.env.FOOBAR_LAB_PREFIX = "nlbtest";
process.env.FOOBAR_LAB_STATE = "/var/lib/foobar-nlbtest";
process.env.FOOBAR_LAB_RUN = "/run/foobar-nlbtest";
jest.setTimeout(90_000);

const internet = namespaces.internet();
const nothing = (): Promise<void> => Promise.resolve();
const problems: string[] = [];
const balancersOf = (on: CloudOnPaper): Balancers =>
  new Balancers(on.model, nothing, (line) => problems.push(line));
const cloud = new CloudOnPaper(async () => {
  await applyNetwork(networkOf(cloud.model));
  await balancers.settle();
});
let balancers = balancersOf(cloud);
let api: Server;
let elb: ElasticLoadBalancingV2Client;
let before: string;

type Zone = "a" | "b";
const zones: Zone[] = ["a", "b"];
/** Hosts, their namespaces and the balancer's addresses by zone. */
const hosts = {} as Record<Zone, TargetHost>;
const instances = {} as Record<Zone, string>;
const hostNamespaces = {} as Record<Zone, string>;
const addresses = {} as Record<Zone, string>;
const nodeIps = {} as Record<Zone, string>;
let balancer: string;
let group: string;
const groupInputs: Record<string, unknown> = { ...groupSettings, deregistrationDelay: 4 };

async function states(): Promise<Record<string, string>> {
  const { TargetHealthDescriptions = [] } = await elb.send(
    new DescribeTargetHealthCommand({ TargetGroupArn: group }),
  );
  return Object.fromEntries(
    TargetHealthDescriptions.map(({ Target, TargetHealth }) => [
      zones.find((zone) => instances[zone] === Target!.Id)!,
      TargetHealth!.State!,
    ]),
  );
}
const untilStates = (wanted: Record<string, string>, seconds: number): Promise<void> =>
  until(async () => expect(await states()).toEqual(wanted), seconds * 1000);

/** Who answers at a zone's address. */
const answering = (zone: Zone): Promise<string[]> => greetings(internet, addresses[zone], 443, 16);
const greeting = (host: Zone, node: Zone): string => `${host} from ${nodeIps[node]} for 203.0.113.10`;

async function build(): Promise<void> {
  const make = (kind: string, properties: Record<string, unknown>) => cloud.make(kind, properties);
  const vpcId = (await make("ec2/vpc", { cidrBlock: "10.20.0.0/16" })).id;
  const gatewayId = (await make("ec2/internetGateway", { vpcId })).id;
  const routeTableId = (await make("ec2/routeTable", { vpcId })).id;
  await make("ec2/route", { routeTableId, destinationCidrBlock: "0.0.0.0/0", gatewayId });
  const subnet = async (zone: Zone, third: number): Promise<string> =>
    (
      await make("ec2/subnet", {
        vpcId,
        cidrBlock: `10.20.${third}.0/24`,
        availabilityZone: `us-east-1${zone}`,
      })
    ).id;
  const open = { a: await subnet("a", 0), b: await subnet("b", 1) };
  const edge = { a: await subnet("a", 16), b: await subnet("b", 17) };
  for (const subnetId of Object.values(open))
    await make("ec2/routeTableAssociation", { routeTableId, subnetId });
  const groupOf = async (name: string): Promise<string> =>
    (await make("ec2/securityGroup", { name, description: name, vpcId })).id;
  const [entrance, balanced] = [await groupOf("entrance"), await groupOf("edge")];
  const tcp = (port: number) => ({ ipProtocol: "tcp", fromPort: port, toPort: port });
  await make("vpc/securityGroupIngressRule", {
    ...tcp(443),
    securityGroupId: entrance,
    cidrIpv4: "0.0.0.0/0",
  });
  for (const port of [443, 8405]) {
    await make("vpc/securityGroupEgressRule", {
      ...tcp(port),
      securityGroupId: entrance,
      referencedSecurityGroupId: balanced,
    });
    await make("vpc/securityGroupIngressRule", {
      ...tcp(port),
      securityGroupId: balanced,
      referencedSecurityGroupId: entrance,
    });
  }
  for (const zone of zones) {
    const { id, outputs } = await make("ec2/instance", {
      ami: "ami-0deb1a13000000000",
      instanceType: "t3.micro",
      subnetId: edge[zone],
      vpcSecurityGroupIds: [balanced],
    });
    instances[zone] = id;
    hostNamespaces[zone] = eniNamespace(outputs.primaryNetworkInterfaceId as string);
    hosts[zone] = await targetHost(hostNamespaces[zone], zone);
  }
  group = (await make("lb/targetGroup", { ...groupInputs, vpcId })).id;
  groupInputs.vpcId = vpcId;
  const made = await make("lb/loadBalancer", balancerInputs([open.a, open.b], entrance));
  balancer = made.id;
  for (const port of [443, 80])
    await make("lb/listener", {
      loadBalancerArn: balancer,
      port,
      protocol: "TCP",
      defaultActions: [{ type: "forward", targetGroupArn: group }],
    });
  for (const { attributes } of cloud.model.all("lb/node")) {
    const zone = String(attributes.availabilityZone).slice(-1) as Zone;
    addresses[zone] = attributes.publicIp as string;
    nodeIps[zone] = attributes.privateIp as string;
  }
  const zoneId = (await make("route53/zone", { name: "foobar.com" })).id;
  await make("route53/record", {
    zoneId,
    name: "www.foobar.com",
    type: "A",
    aliases: [{ name: made.outputs.dnsName, zoneId: made.outputs.zoneId, evaluateTargetHealth: true }],
  });
  for (const zone of zones)
    await make("lb/targetGroupAttachment", {
      targetGroupArn: group,
      targetId: instances[zone],
      port: 443,
    });
}

const balancerInputs = (subnets: unknown, securityGroup: unknown): Record<string, unknown> => ({
  name: "site",
  loadBalancerType: "network",
  internal: false,
  subnets,
  securityGroups: [securityGroup].flat(),
  enableCrossZoneLoadBalancing: false,
});

beforeAll(async () => {
  before = await must(["sh", "-c", ownNetwork]);
  await teardown();
  api = targetApi({ model: cloud.model, save: nothing, settleBalancers: () => balancers.settle() }, (line) =>
    problems.push(line),
  );
  await new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve));
  elb = new ElasticLoadBalancingV2Client({
    region: "us-east-1",
    endpoint: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
    credentials: { accessKeyId: "lab", secretAccessKey: "lab" },
  });
  await build();
  balancers.watch();
});

afterAll(async () => {
  balancers.close();
  elb.destroy();
  api.close();
  await Promise.all(Object.values(hosts).map((host) => host.close()));
  await teardown();
  expect(await leftovers()).toEqual([]);
  expect(await must(["sh", "-c", ownNetwork])).toBe(before);
});

test("new targets are initial until they have passed as many checks as the group wants", async () => {
  expect(await states()).toEqual({ a: "initial", b: "initial" });
  await untilStates({ a: "healthy", b: "healthy" }, 15);
  expect(hosts.a.seen).toContain("check local");
});

test("without cross-zone balancing each address serves its own zone, and tells the target who the client is", async () => {
  expect(await answering("a")).toEqual([greeting("a", "a")]);
  expect(await answering("b")).toEqual([greeting("b", "b")]);
  expect(publicAddresses(cloud.model, "www.foobar.com").sort()).toEqual(Object.values(addresses).sort());
});

test("the balancer's security group decides who comes in, whatever listens", async () => {
  const [result] = await probe(internet, [{ to: addresses.a, port: 80 }], 500);
  expect(result.outcome).toBe("filtered");
});

test("a target that dies is left out within two checks and their timeout, and so is its zone's address", async () => {
  await must(["ip", "-n", hostNamespaces.b, "link", "set", "eth0", "down"]);
  const startMs = Date.now();
  await untilStates({ a: "healthy", b: "unhealthy.draining" }, 20);
  // two intervals and a timeout, a look of the daemon, and what this machine needs beside
  expect(Date.now() - startMs).toBeLessThan((5 * 2 + 3 + 2) * 1000);
  expect(publicAddresses(cloud.model, "www.foobar.com")).toEqual([addresses.a]);
  await must(["ip", "-n", hostNamespaces.b, "link", "set", "eth0", "up"]);
  await must([
    "ip",
    "-n",
    hostNamespaces.b,
    "route",
    "replace",
    "default",
    "via",
    "10.20.17.1",
    "dev",
    "eth0",
  ]);
  await untilStates({ a: "healthy", b: "healthy" }, 15);
});

describe("with cross-zone balancing", () => {
  let talk: Conversation;

  test("each address serves all zones, and connections of before go on", async () => {
    talk = await converse(internet, addresses.a, 443);
    const { properties } = cloud.model.get("lb/loadBalancer", balancer)!;
    await cloud.change("lb/loadBalancer", balancer, { ...properties, enableCrossZoneLoadBalancing: true });
    await untilStates({ a: "healthy", b: "healthy" }, 15);
    expect(await answering("a")).toEqual([greeting("a", "a"), greeting("b", "a")]);
    expect(await talk.say("still there?")).toBe("still there?");
  });

  test("a target that is deregistered keeps its connections and gets no new one, also when its time is over", async () => {
    await elb.send(
      new DeregisterTargetsCommand({ TargetGroupArn: group, Targets: [{ Id: instances.a, Port: 443 }] }),
    );
    expect(await states()).toEqual({ a: "draining", b: "healthy" });
    expect(await answering("a")).toEqual([greeting("b", "a")]);
    expect(await talk.say("still there?")).toBe("still there?");
    await untilStates({ b: "healthy" }, 8);
    expect(await talk.say("still there?")).toBe("still there?");
  });

  test("a target that is registered again begins anew", async () => {
    await elb.send(new RegisterTargetsCommand({ TargetGroupArn: group, Targets: [{ Id: instances.a }] }));
    await untilStates({ b: "healthy", a: "initial" }, 2);
    expect(await answering("a")).toEqual([greeting("b", "a")]);
    await untilStates({ b: "healthy", a: "healthy" }, 15);
    expect(await talk.say("still there?")).toBe("still there?");
  });

  test("another listener, or another process, forgets neither connections nor who is healthy", async () => {
    await cloud.make("lb/listener", {
      loadBalancerArn: balancer,
      port: 8443,
      protocol: "TCP",
      defaultActions: [{ type: "forward", targetGroupArn: group }],
    });
    expect(await states()).toEqual({ b: "healthy", a: "healthy" });
    expect(await answering("b")).toEqual([greeting("a", "b"), greeting("b", "b")]);
    expect(await talk.say("still there?")).toBe("still there?");
  });

  test("when no target is healthy all are used, and connections are cut only where the group says so", async () => {
    for (const zone of zones) hosts[zone].answer(503);
    await untilStates({ b: "unhealthy.draining", a: "unhealthy.draining" }, 15);
    expect(await answering("a")).toEqual([greeting("a", "a"), greeting("b", "a")]);
    expect(await talk.say("still there?")).toBe("still there?");
    const { TargetHealthDescriptions } = await elb.send(
      new DescribeTargetHealthCommand({ TargetGroupArn: group, Targets: [{ Id: instances.b }] }),
    );
    expect(TargetHealthDescriptions).toMatchObject([
      {
        TargetHealth: {
          Reason: "Target.ResponseCodeMismatch",
          Description: "Health checks failed with these codes: [503]",
        },
      },
    ]);
    for (const zone of zones) hosts[zone].answer(200);
    await untilStates({ b: "healthy", a: "healthy" }, 15);
    await cloud.change("lb/targetGroup", group, { ...groupInputs, targetHealthStates: undefined });
    const doomed = await converse(internet, addresses.a, 443);
    expect(doomed.greeting).not.toBe("");
    for (const zone of zones) hosts[zone].answer(503);
    await untilStates({ b: "unhealthy", a: "unhealthy" }, 15);
    expect(await doomed.say("still there?")).toBeUndefined();
    talk.close();
    doomed.close();
  });
});

test("load balancers are found again by another daemon, and go with what they were made for", async () => {
  for (const zone of zones) hosts[zone].answer(200);
  await untilStates({ b: "healthy", a: "healthy" }, 15);
  const talk = await converse(internet, addresses.a, 443);
  balancers.close();
  cloud.model.findings.clear();
  balancers = balancersOf(cloud);
  await balancers.settle();
  balancers.watch();
  await untilStates({ b: "healthy", a: "healthy" }, 5);
  expect(await talk.say("still there?")).toBe("still there?");
  await cloud.remove("lb/loadBalancer", balancer);
  expect(await talk.say("still there?")).toBeUndefined();
  expect(await states()).toEqual({ b: "unused", a: "unused" });
  talk.close();
  expect(problems).toEqual([]);
});
