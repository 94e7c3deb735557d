import * as cloud from "../../../lab/cloud/client";
import { freeze, hostsIn, thaw } from "../../../lab/cloud/faults";
import { members, primary, wholeGroup } from "../../support/group";
import { Lab } from "../../support/lab";
import type { Load } from "../../support/load";
import { pause } from "../../support/until";
import { expectEveryWrite, expectNoError, visitors } from "../../support/visitors";

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

describe.each([
  ["a web host", () => Promise.resolve("web-1")],
  ["the database primary", async () => (await primary(lab))!],
] as const)("when %s freezes", (what, choose) => {
  test("no request fails, and it finds its place again when it goes on", async () => {
    await wholeGroup(lab);
    const host = await choose();
    const text = what.replace(/\W+/g, "-");
    load = await visitors(lab, { text });
    await pause(1000);
    await freeze(host);
    await pause(15_000);
    await thaw(host);
    await pause(5000);
    const report = await load.stop();
    expectNoError(report);
    await expectEveryWrite(lab, await wholeGroup(lab), text, report.written);
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
    await expectEveryWrite(lab, await wholeGroup(lab, 90_000), text, report.written);
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
