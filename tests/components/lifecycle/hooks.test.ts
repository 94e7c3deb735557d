import * as pulumi from "@pulumi/pulumi";
import { registerHooks, type HookSettings, type SiteHooks } from "../../../components/lifecycle/hooks";
import { fakeTargets } from "../../support/fake-targets";
import { FakeClock, MemorySignals } from "../../support/memory-signals";
import { mockCloud, type Recording } from "../../support/mocks";

let cloud: Recording;
let signals: MemorySignals;
beforeEach(async () => {
  cloud = await mockCloud();
  signals = new MemorySignals();
});

const hooks = (settings: Partial<HookSettings> = {}): SiteHooks =>
  registerHooks({
    signals,
    targets: fakeTargets(),
    entrance: "elastic-ip",
    balancers: ["lb-1", "lb-2"],
    balancing: "active-active",
    databases: ["db-1", "db-2"],
    readySeconds: 0,
    drainSeconds: 0,
    teardown: false,
    ...settings,
  });
const run = async (hook: pulumi.ResourceHook, args: Partial<pulumi.ResourceHookArgs>) =>
  hook.callback({ urn: "", id: "", name: "", type: "", ...args });

test("all hooks are registered under fixed names, whatever the program contains", async () => {
  const all = Object.values(hooks()).filter((one) => one instanceof pulumi.ResourceHook);
  for (const hook of all) await (hook as unknown as { __registered: Promise<void> }).__registered;
  expect(cloud.hooks.sort()).toEqual([
    "foobar-address-left",
    "foobar-agreed",
    "foobar-attached",
    "foobar-detaching",
    "foobar-in-service",
    "foobar-leaving",
    "foobar-named",
    "foobar-out-of-service",
  ]);
});

test("a host's name waits for the instance that was announced for it", async () => {
  const all = hooks();
  const { named } = all;
  all.announce("web-1", pulumi.output("i-new"));
  signals.report("i-old", "web-1");
  await expect(run(named, { name: "web-1-record" })).rejects.toThrow("web-1 (i-new): want it ready");
  signals.report("i-new", "web-1");
  await run(named, { name: "web-1-record" });
});

test("a web host that leaves is drained, found by its id and its tags alone", async () => {
  signals.report("i-1", "web-1");
  signals.answerDrains("drained");
  await run(hooks().leaving, { id: "i-1", name: "web-1-instance", oldInputs: { tags: { Tier: "web" } } });
  expect(signals.log[0]).toBe("write drain/i-1");
});

test("a load balancer behind another one is drained, too", async () => {
  signals.report("i-1", "lb-1");
  signals.answerDrains("drained");
  await run(hooks().leaving, { id: "i-1", name: "lb-1-instance", oldInputs: { tags: { Tier: "edge" } } });
  expect(signals.log[0]).toBe("write drain/i-1");
});

test.each([
  ["database, which left with its volume,", { tags: { Tier: "data" } }],
  ["load balancer whose address has moved on", { tags: { Tier: "edge" }, associatePublicIpAddress: true }],
])("a %s leaves at once, having nothing left to finish", async (_what, oldInputs) => {
  signals.report("i-1", "x-1");
  await run(hooks().leaving, { id: "i-1", name: "x-1-instance", oldInputs });
  expect(signals.log).toEqual(["remove ready/i-1.json"]);
});

test("a target is asked after by its group, its host and its port, before it is put in service and taken out", async () => {
  const asked: string[] = [];
  const targets = fakeTargets("", {
    state: ({ targetGroupArn, instanceId, port }) => {
      asked.push(`state ${targetGroupArn} ${instanceId}:${port}`);
      return Promise.resolve({ state: asked.length === 1 ? "healthy" : "unused" });
    },
    deregister: ({ targetGroupArn, instanceId, port }) => {
      asked.push(`deregister ${targetGroupArn} ${instanceId}:${port}`);
      return Promise.resolve();
    },
  });
  const { inService, outOfService } = hooks({ targets });
  const inputs = { targetGroupArn: "arn", targetId: "i-1", port: 443 };
  await run(inService, { name: "entrance-443-lb-1", newInputs: inputs });
  await run(outOfService, { name: "entrance-443-lb-1", oldInputs: inputs });
  expect(asked).toEqual(["state arn i-1:443", "deregister arn i-1:443", "state arn i-1:443"]);
});

test("a standby is attached without being sent any traffic, the others are not", async () => {
  const { inService } = hooks({ targets: fakeTargets("unhealthy"), balancing: "active-passive" });
  const newInputs = { targetGroupArn: "arn", targetId: "i-1", port: 443 };
  await run(inService, { name: "entrance-443-lb-2", newInputs });
  await expect(run(inService, { name: "entrance-443-lb-1", newInputs })).rejects.toThrow("want it healthy");
});

test("where no target serves yet only the last one waits, for all of its group", async () => {
  const asked: string[] = [];
  const state = (target: { instanceId: string }) => {
    asked.push(target.instanceId);
    return Promise.resolve({ state: target.instanceId === "i-1" ? "initial" : "healthy" });
  };
  const { inService } = hooks({
    targets: fakeTargets("", { state, anyHealthy: () => Promise.resolve(false) }),
  });
  const attach = (name: string, targetGroupArn: string, targetId: string) =>
    run(inService, { name, newInputs: { targetGroupArn, targetId, port: 443 } });
  await attach("entrance-80-lb-1", "plain", "i-0");
  await attach("entrance-443-lb-1", "tls", "i-1");
  expect(asked).toEqual([]);
  await expect(attach("entrance-443-lb-2", "tls", "i-2")).rejects.toThrow("target i-1:443: want it healthy");
  expect(asked).toEqual(["i-1"]);
});

test("a target waits for itself as soon as another one may serve", async () => {
  for (const anyHealthy of [() => Promise.resolve(true), () => Promise.reject(new Error("throttled"))]) {
    const { inService } = hooks({ targets: fakeTargets("initial", { anyHealthy }) });
    const newInputs = { targetGroupArn: "arn", targetId: "i-1", port: 443 };
    await expect(run(inService, { name: "entrance-443-lb-1", newInputs })).rejects.toThrow("want it healthy");
  }
});

test("the site's old address is kept until no resolver knows it any more, and only when it is given up", async () => {
  const clock = new FakeClock();
  await run(hooks({ clock }).addressLeft, { name: "lb-1-switch" });
  expect(clock.now()).toBe(0);
  await run(hooks({ clock, entrance: "network-load-balancer" }).addressLeft, { name: "lb-1-switch" });
  expect(clock.now()).toBe(65_000);
});

test("a new database's first member does not wait, since its peers come after it", async () => {
  await run(hooks().attached, { name: "db-1-attachment", newInputs: { instanceId: "i-1" } });
});

test("a new database's last member waits for all of them", async () => {
  signals.report("i-2", "db-2");
  const { attached } = hooks();
  const last = { name: "db-2-attachment", newInputs: { instanceId: "i-2" } };
  await expect(run(attached, last)).rejects.toThrow("db-1: want it ready");
  signals.report("i-1", "db-1");
  await run(attached, last);
});

test("a replaced first member waits for itself while the others serve", async () => {
  signals.report("i-2", "db-2");
  const { attached } = hooks();
  const first = { name: "db-1-attachment", newInputs: { instanceId: "i-1" } };
  await expect(run(attached, first)).rejects.toThrow("db-1 (i-1): want it ready");
  signals.report("i-1", "db-1");
  await run(attached, first);
});

test("a volume is detached only after its host drained with the other member serving", async () => {
  signals.report("i-1", "db-1");
  const { detaching } = hooks();
  const first = { name: "db-1-attachment", oldInputs: { instanceId: "i-1" } };
  signals.answerDrains("refused", "db-2 gives no answer");
  await expect(run(detaching, first)).rejects.toThrow("db-2, which must serve before db-1 stops");
  signals.report("i-2", "db-2");
  signals.answerDrains("drained");
  await run(detaching, first);
  expect(signals.objects.has("ready/i-1.json")).toBe(false);
});

test("in a teardown nobody who leaves is waited for, but new hosts still are", async () => {
  signals.report("i-1", "db-1");
  const all = hooks({ teardown: true });
  const { detaching, leaving, named } = all;
  await run(detaching, { name: "db-1-attachment", oldInputs: { instanceId: "i-1" } });
  await run(leaving, { id: "i-1", name: "web-1-instance", oldInputs: { tags: { Tier: "web" } } });
  expect(signals.log).toEqual([]);
  all.announce("web-1", pulumi.output("i-new"));
  await expect(run(named, { name: "web-1-record" })).rejects.toThrow("want it ready");
});

test("new terms are measured by what was intended last and by how far that came", async () => {
  const { agreed } = hooks();
  const [plain, both, tls] = [
    { tls: "terminate", database: "pair" },
    { tls: "end-to-end", tlsAlso: "terminate", database: "pair" },
    { tls: "end-to-end", database: "pair" },
  ].map((terms) => ({ content: JSON.stringify(terms) }));
  await run(agreed, { newInputs: tls });
  await run(agreed, { oldInputs: plain, newInputs: both });
  await expect(run(agreed, { oldInputs: plain, newInputs: tls })).rejects.toThrow(
    "deploy it with foobar:tlsAlso",
  );
  // The step between was begun and did not end.
  signals.objects.set("terms/reached.json", plain.content);
  await expect(run(agreed, { oldInputs: both, newInputs: tls })).rejects.toThrow(
    "deploy it with foobar:tlsAlso",
  );
  signals.objects.set("terms/reached.json", both.content);
  await run(agreed, { oldInputs: both, newInputs: tls });
});
