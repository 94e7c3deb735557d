import { findingKey, nodesInDns, targetState } from "../../../lab/cloud/balancing/health";
import { groupIdOf, targetNameOf } from "../../../lab/cloud/balancing/nodes";
import { deregister, forgetDrained, register, targetsOf } from "../../../lab/cloud/balancing/targets";
import { allNodes } from "../../../lab/cloud/health";
import { publicAddresses } from "../../../lab/cloud/dns/answer";
import type { Finding } from "../../../lab/cloud/model";
import { cloudWithBalancer, groupSettings, type BalancedCloud } from "../../support/balanced-cloud";

let site: BalancedCloud;
beforeEach(async () => {
  site = await cloudWithBalancer();
});
const model = () => site.cloud.model;
const group = () => model().get("lb/targetGroup", site.group)!;
const target = (zone: number) =>
  targetsOf(model(), group()).find(({ properties }) => properties.targetId === site.instances[zone])!;
const node = (zone: number) =>
  model()
    .all("lb/node")
    .find(({ properties }) => properties.subnetId === site.subnets[zone])!;

/** What the node of a zone finds at the target of a zone. */
function find(from: number, at: number, finding: Partial<Finding>): void {
  const key = findingKey(
    node(from).attributes.networkInterfaceId,
    groupIdOf(group()),
    targetNameOf(target(at)),
  );
  const unknown = { healthy: false, wasHealthy: false, check: "", code: 0 };
  model().findings.set(key, { ...unknown, ...finding });
}
const state = (zone: number, afterMs = 0) =>
  targetState(model(), group(), target(zone), (target(zone).attributes.registeredAtMs as number) + afterMs);
const crossZones = () =>
  site.cloud.change("lb/loadBalancer", site.balancer, {
    ...model().get("lb/loadBalancer", site.balancer)!.properties,
    enableCrossZoneLoadBalancing: true,
  });

test("a target is initial until it has passed or failed its first checks", () => {
  expect(state(0)).toMatchObject({ state: "initial", reason: "Elb.RegistrationInProgress" });
  find(0, 0, {});
  expect(state(0, 12_000)).toMatchObject({ state: "initial", reason: "Elb.InitialHealthChecking" });
  expect(state(0, 13_000)).toMatchObject({ state: "unhealthy", reason: "Target.FailedHealthChecks" });
  find(0, 0, { healthy: true });
  expect(state(0)).toEqual({ state: "healthy" });
});

test.each([
  [{ check: "L4TOUT" }, "Target.Timeout", "Request timed out"],
  [
    { check: "L7STS", code: 503 },
    "Target.ResponseCodeMismatch",
    "Health checks failed with these codes: [503]",
  ],
  [{ check: "L4CON" }, "Target.FailedHealthChecks", "Health checks failed"],
])("%j is %s", (finding, reason, description) => {
  find(0, 0, { ...finding, wasHealthy: true, unhealthySinceMs: 0 });
  expect(state(0, 90_000)).toEqual({ state: "unhealthy", reason, description });
});

test("a target that turns unhealthy drains for as long as its group says, and where it does not cut", async () => {
  const since = target(0).attributes.registeredAtMs as number;
  find(0, 0, { wasHealthy: true, unhealthySinceMs: since });
  expect(state(0, 59_999).state).toBe("unhealthy.draining");
  expect(state(0, 60_000).state).toBe("unhealthy");
  await site.cloud.change("lb/targetGroup", site.group, {
    ...groupSettings,
    vpcId: site.vpcId,
    targetHealthStates: undefined,
  });
  expect(state(0, 59_999).state).toBe("unhealthy");
});

test("a target is healthy when every node that may use it finds it so", async () => {
  find(0, 0, { healthy: true });
  expect(state(0).state).toBe("healthy");
  await crossZones();
  expect(state(0).state).toBe("initial");
  find(1, 0, { healthy: true });
  expect(state(0).state).toBe("healthy");
  find(1, 0, { wasHealthy: true, unhealthySinceMs: 0 });
  expect(state(0, 90_000).state).toBe("unhealthy");
});

test("a target without a listener, or in a zone without a node, is unused", async () => {
  await site.cloud.remove("lb/listener", site.listener);
  expect(state(0)).toMatchObject({ state: "unused", reason: "Target.NotInUse" });
});

test("a deregistered target drains for its group's time and is forgotten then; a registered one comes back", () => {
  deregister(model(), group(), { id: site.instances[0] });
  const since = target(0).attributes.deregisteredAtMs as number;
  expect(state(0)).toMatchObject({ state: "draining", reason: "Target.DeregistrationInProgress" });
  expect(forgetDrained(model(), since + 29_999)).toBe(false);
  register(model(), group(), { id: site.instances[0] });
  expect(state(0).state).toBe("initial");
  deregister(model(), group(), { id: site.instances[0], port: 443 });
  expect(forgetDrained(model(), since + 90_000)).toBe(true);
  expect(target(0)).toBeUndefined();
});

test("a deleted attachment begins to drain", async () => {
  const [attachment] = model().all("lb/targetGroupAttachment", { targetId: site.instances[1] });
  await site.cloud.remove("lb/targetGroupAttachment", attachment.id);
  expect(state(1).state).toBe("draining");
});

test("the status tells each node's address, whether clients learn it, and how its targets are", () => {
  find(1, 1, { healthy: true });
  expect(allNodes(model())).toEqual([
    {
      ...{ name: "site", zone: "us-east-1a", address: "10.0.0.5", inDns: false },
      publicAddress: node(0).attributes.publicIp,
      targets: ["ip-10-0-0-4:443 initial"],
    },
    {
      ...{ name: "site", zone: "us-east-1b", address: "10.0.1.5", inDns: true },
      publicAddress: node(1).attributes.publicIp,
      targets: ["ip-10-0-1-4:443 healthy"],
    },
  ]);
});

test("the balancer's name has the addresses of zones with a healthy target, or all of them", async () => {
  const all = [0, 1].map((zone) => node(zone).attributes.publicIp as string);
  expect(publicAddresses(model(), site.dnsName).sort()).toEqual([...all].sort());
  find(1, 1, { healthy: true });
  expect(publicAddresses(model(), site.dnsName)).toEqual([all[1]]);
  await crossZones();
  expect(nodesInDns(model(), model().get("lb/loadBalancer", site.balancer)!)).toEqual([node(1)]);
  find(0, 1, { healthy: true });
  expect(publicAddresses(model(), site.dnsName).sort()).toEqual([...all].sort());
  deregister(model(), group(), { id: site.instances[1] });
  find(0, 0, { healthy: true });
  expect(publicAddresses(model(), site.dnsName)).toEqual([all[0]]);
});
