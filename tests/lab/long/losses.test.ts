import * as cloud from "../../../lab/cloud/client";
import { cutOff, freeze, hostsIn, thaw } from "../../../lab/cloud/faults";
import { members, primary, wholeGroup } from "../../support/group";
import { Lab } from "../../support/lab";
import type { Load } from "../../support/load";
import { pause } from "../../support/until";
import { expectEveryWrite, expectNoError, expectOnlyOpenLost, visitors } from "../../support/visitors";

jest.setTimeout(600_000);

const lab = new Lab("lab");
let load: Load | undefined;
beforeAll(() => lab.up());
afterEach(() => load?.stop().catch(() => undefined));
afterAll(() => lab.down());

describe.each(["us-east-1a", "us-east-1b", "us-east-1c"])("when zone %s is lost", (zone) => {
  test("the others serve on: no request fails, no acknowledged write is lost, and it comes back by itself", async () => {
    await wholeGroup(lab);
    await lab.addressesAre(2, 120_000);
    const hosts = await hostsIn(zone);
    load = await visitors(lab, { text: zone });
    await pause(1000);
    await Promise.all(hosts.map(cloud.powerOff));
    await pause(20_000);
    const report = await load.stop();
    expectNoError(report);
    await Promise.all(hosts.map(cloud.start));
    await expectEveryWrite(lab, await wholeGroup(lab), zone, report.written);
  });
});

const web = (): Promise<string> => Promise.resolve("web-1");
const leader = async (): Promise<string> => (await primary(lab))!;
describe.each([
  ["a web host freezes", web, freeze, thaw],
  ["a web host is cut off", web, cutOff, () => cutOff()],
  ["the database primary freezes", leader, freeze, thaw],
] as const)("when %s", (what, choose, fault, mend) => {
  test("no request fails, and it finds its place again afterwards", async () => {
    await wholeGroup(lab);
    const host = await choose();
    const text = what.replace(/\W+/g, "-");
    // A frozen host acknowledges what it does not answer: HAProxy asks another one after 15 s.
    load = await visitors(lab, { text, timeoutMs: 25_000 });
    await pause(1000);
    await fault(host);
    await pause(20_000);
    await mend(host);
    await pause(5000);
    const report = await load.stop();
    expectNoError(report);
    await expectEveryWrite(lab, await wholeGroup(lab), text, report.written);
  });
});

describe.each([
  ["freezes", freeze, thaw],
  ["is cut off", cutOff, () => cutOff()],
] as const)("when a load balancer %s", (_what, fault, mend) => {
  test("only its open connections are lost, and it gets its share again afterwards", async () => {
    await lab.addressesAre(2, 120_000);
    const startMs = Date.now();
    load = await visitors(lab);
    await pause(1000);
    await fault("lb-1");
    const lostSec = (Date.now() - startMs) / 1000;
    await lab.addressesAre(1, 30_000);
    expectOnlyOpenLost(await load.stop(), lostSec);
    await mend("lb-1");
    await lab.addressesAre(2, 120_000);
    load = await visitors(lab, { requests: 60 });
    expectNoError(await load.finished);
  });
});

test.each([
  [["db-1", "db-2", "db-3"]],
  [["db-1", "db-3", "db-2"]],
  [["db-2", "db-1", "db-3"]],
  [["db-2", "db-3", "db-1"]],
  [["db-3", "db-1", "db-2"]],
  [["db-3", "db-2", "db-1"]],
])(
  "after the power of all databases was cut, started as %j they are one group again within 90 s",
  async (order) => {
    await wholeGroup(lab);
    const text = order.join("-");
    load = await visitors(lab, { text, requests: 60 });
    const report = await load.finished;
    await Promise.all(members.map(cloud.powerOff));
    for (const member of order) {
      await cloud.start(member);
      await pause(3000);
    }
    await expectEveryWrite(lab, await wholeGroup(lab, members, 90_000), text, report.written);
  },
);

test("a majority that is lost takes no writes until one of it is back", async () => {
  const leader = await wholeGroup(lab);
  const others = members.filter((member) => member !== leader);
  await Promise.all(others.map(cloud.powerOff));
  await pause(15_000);
  const write = lab.sql(
    leader,
    "insert into foobar.messages (idempotency_key, author, body) values ('minority', 'x', 'minority')",
  );
  await expect(
    Promise.race([write, pause(10_000).then(() => Promise.reject(new Error("blocked")))]),
  ).rejects.toThrow();
  await Promise.all(others.map(cloud.start));
  await wholeGroup(lab);
});
