import * as pulumi from "@pulumi/pulumi";
import { registerHooks, type HookSettings, type SiteHooks } from "../../../components/lifecycle/hooks";
import { MemorySignals } from "../../support/memory-signals";
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
    databases: ["db-1", "db-2"],
    readySeconds: 0,
    drainSeconds: 0,
    teardown: false,
    ...settings,
  });
const run = async (hook: pulumi.ResourceHook, args: Partial<pulumi.ResourceHookArgs>) =>
  hook.callback({ urn: "", id: "", name: "", type: "", ...args });

test("all hooks are registered under fixed names, whatever the program contains", async () => {
  const { named, leaving, attached, detaching } = hooks();
  for (const hook of [named, leaving, attached, detaching])
    await (hook as unknown as { __registered: Promise<void> }).__registered;
  expect(cloud.hooks.sort()).toEqual([
    "foobar-attached",
    "foobar-detaching",
    "foobar-leaving",
    "foobar-named",
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

test.each(["edge", "data"])(
  "a host of the %s tier leaves at once, having nothing left to finish",
  async (Tier) => {
    signals.report("i-1", "x-1");
    await run(hooks().leaving, { id: "i-1", name: "x-1-instance", oldInputs: { tags: { Tier } } });
    expect(signals.log).toEqual(["remove ready/i-1.json"]);
  },
);

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
