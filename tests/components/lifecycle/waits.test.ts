import {
  anyReady,
  Lease,
  leaveTier,
  releaseVolume,
  untilAllReady,
  untilReady,
  type Waiting,
} from "../../../components/lifecycle/waits";
import { FakeClock, MemorySignals } from "../../support/memory-signals";

let signals: MemorySignals;
let clock: FakeClock;
let warnings: string[];
let waiting: Waiting;
beforeEach(() => {
  signals = new MemorySignals();
  clock = new FakeClock();
  warnings = [];
  waiting = { signals, clock, readySeconds: 60, drainSeconds: 30, warn: (text) => warnings.push(text) };
});

describe("waiting for a new host", () => {
  test("ends when the host reports that it is ready", async () => {
    clock.at(20, () => signals.report("i-1", "web-1"));
    await untilReady(waiting, "web-1", "i-1");
    expect(clock.now()).toBe(20_000);
  });

  test("takes no other host's report for this one's", async () => {
    signals.report("i-0", "web-1");
    await expect(untilReady(waiting, "web-1", "i-1")).rejects.toThrow(
      "web-1 (i-1): want it ready within 60 s, got no report",
    );
    expect(clock.now()).toBe(60_000);
  });

  test("fails at once with the end of the log when the boot failed", async () => {
    const log = Array.from({ length: 100 }, (_, line) => `line ${line}`).join("\n");
    signals.report("i-1", "web-1", "failed", log);
    const failure = await untilReady(waiting, "web-1", "i-1").catch((error: Error) => error.message);
    expect(failure).toMatch(/^web-1 \(i-1\): its boot failed/);
    expect(failure).toContain("line 99");
    expect(failure).not.toContain("line 59\n");
    expect(clock.now()).toBe(0);
  });

  test("outlasts a bucket that does not answer for a moment", async () => {
    signals.report("i-1", "web-1");
    signals.failure = new Error("connection reset");
    await untilReady(waiting, "web-1", "i-1");
  });

  test("names the bucket's error when that is all there was", async () => {
    signals.read = () => Promise.reject(new Error("access denied"));
    await expect(untilReady(waiting, "web-1", "i-1")).rejects.toThrow("got access denied");
  });

  test("for all members ends with the last one, and fails with the first that failed", async () => {
    signals.report("i-1", "db-1");
    clock.at(5, () => signals.report("i-2", "db-2"));
    await untilAllReady(waiting, ["db-1", "db-2"]);
    expect(clock.now()).toBe(5_000);
    signals.report("i-2", "db-2", "failed", "no disk");
    await expect(untilAllReady(waiting, ["db-1", "db-2"])).rejects.toThrow(
      /^db-2: its boot failed(.|\n)*no disk/,
    );
  });

  test("knows whether any host of some serves", async () => {
    signals.report("i-2", "db-2", "failed");
    expect(await anyReady(waiting, ["db-2", "db-3"])).toBe(false);
    signals.report("i-3", "db-3");
    expect(await anyReady(waiting, ["db-2", "db-3"])).toBe(true);
  });
});

describe("leaving a tier", () => {
  test("asks the host, waits for its answer and removes what it wrote", async () => {
    signals.report("i-1", "web-1");
    signals.answerDrains("drained");
    await leaveTier(waiting, new Lease(), "web-1", "i-1");
    expect(signals.log[0]).toBe("write drain/i-1");
    expect([...signals.objects.keys()]).toEqual([]);
    expect(warnings).toEqual([]);
  });

  test("does not take the answer to an earlier request for one to this", async () => {
    signals.report("i-1", "web-1");
    signals.objects.set("drained/i-1.json", JSON.stringify({ status: "drained", request: "earlier" }));
    await leaveTier(waiting, new Lease(), "web-1", "i-1");
    expect(warnings[0]).toContain("got no answer");
  });

  test("goes on with a warning when the host does not answer in time", async () => {
    signals.report("i-1", "web-1");
    await leaveTier(waiting, new Lease(), "web-1", "i-1");
    expect(warnings).toEqual(["web-1 (i-1): want it drained within 30 s, got no answer; going on"]);
    expect([...signals.objects.keys()]).toEqual([]);
  });

  test.each([
    ["never reported", () => undefined],
    ["failed to boot", () => signals.report("i-1", "web-1", "failed")],
  ])("is immediate for a host that %s", async (_, given) => {
    given();
    await leaveTier(waiting, new Lease(), "web-1", "i-1");
    expect(clock.now()).toBe(0);
    expect(signals.log).not.toContain("write drain/i-1");
    expect([...signals.objects.keys()]).toEqual([]);
  });

  test("is done by one host at a time, also after one that failed", async () => {
    const lease = new Lease();
    const order: string[] = [];
    const work =
      (name: string, fail = false) =>
      async () => {
        order.push(`${name} begins`);
        await new Promise((resolve) => setTimeout(resolve, 5));
        order.push(`${name} ends`);
        if (fail) throw new Error("no");
      };
    const results = await Promise.allSettled([
      lease.hold(work("a", true)),
      lease.hold(work("b")),
      lease.hold(work("c")),
    ]);
    expect(order).toEqual(["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
    expect(results.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled"]);
  });
});

describe("releasing a database's volume", () => {
  beforeEach(() => signals.report("i-1", "db-1"));

  /** A host that can do without the others only when they serve. */
  const answerByReports = (...needed: string[]) => {
    const status = () =>
      needed.every((id) => signals.objects.has(`ready/${id}.json`)) ? "drained" : "refused";
    signals.onWrite = (key, request) => {
      if (key === "drain/i-1")
        signals.objects.set(
          "drained/i-1.json",
          JSON.stringify({ status: status(), reason: "alone", request }),
        );
    };
  };

  test("waits for a member that is still booting when the host cannot do without", async () => {
    answerByReports("i-2");
    clock.at(10, () => signals.report("i-2", "db-2"));
    await releaseVolume(waiting, "db-1", "i-1", ["db-2"]);
    expect(clock.now()).toBe(10_000);
    expect([...signals.objects.keys()]).toEqual(["ready/i-2.json"]);
  });

  test("does not wait for a member that this deployment is yet to make", async () => {
    signals.report("i-2", "db-2");
    answerByReports("i-2");
    await releaseVolume(waiting, "db-1", "i-1", ["db-2", "db-3"]);
    expect(clock.now()).toBe(0);
  });

  test("stops when a member that the host needs never serves", async () => {
    answerByReports("i-2");
    await expect(releaseVolume(waiting, "db-1", "i-1", ["db-2"])).rejects.toThrow(
      "db-2, which must serve before db-1 stops: want it ready within 60 s, got no report",
    );
    expect([...signals.objects.keys()]).toEqual(["ready/i-1.json"]);
  });

  test("goes on with a warning when the other member's boot had failed, so that both can be mended", async () => {
    signals.report("i-2", "db-2", "failed");
    signals.answerDrains("drained");
    await releaseVolume(waiting, "db-1", "i-1", ["db-2"]);
    expect(warnings[0]).toContain("db-2: its boot had failed");
  });

  test("stops with the host's reason when it refuses, and withdraws the request", async () => {
    signals.report("i-2", "db-2");
    signals.answerDrains("refused", "db-2 is 40 s behind");
    await expect(releaseVolume(waiting, "db-1", "i-1", ["db-2"])).rejects.toThrow(
      "db-1 (i-1): want it drained, got a refusal: db-2 is 40 s behind",
    );
    expect([...signals.objects.keys()].sort()).toEqual(["ready/i-1.json", "ready/i-2.json"]);
  });

  test("stops when the host does not answer, and withdraws the request", async () => {
    signals.report("i-2", "db-2");
    await expect(releaseVolume(waiting, "db-1", "i-1", ["db-2"])).rejects.toThrow("got no answer");
    expect(signals.objects.has("drain/i-1")).toBe(false);
    expect(signals.objects.has("ready/i-1.json")).toBe(true);
  });

  test("leaves a host that never served to the provider, which stops it", async () => {
    signals.report("i-1", "db-1", "failed");
    await releaseVolume(waiting, "db-1", "i-1", ["db-2"]);
    expect(clock.now()).toBe(0);
    expect(signals.log).toEqual(["remove ready/i-1.json"]);
  });
});
