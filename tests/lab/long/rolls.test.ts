import * as cloud from "../../../lab/cloud/client";
import { wholeGroup } from "../../support/group";
import { Lab } from "../../support/lab";
import type { Load } from "../../support/load";
import { expectEveryWrite, expectNoError, visitors } from "../../support/visitors";

jest.setTimeout(1_200_000);

const lab = new Lab("lab");
let load: Load | undefined;
beforeAll(() => lab.up());
afterEach(() => load?.stop().catch(() => undefined));
afterAll(() => lab.down());

/** Name → instances of every host. */
async function instances(): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const { name, id } of (await cloud.status()).hosts) (found[name] ??= []).push(id);
  return found;
}

test("when every host of every tier is replaced, no request fails and no acknowledged write is lost", async () => {
  const before = await instances();
  await wholeGroup(lab);
  load = await visitors(lab, { text: "roll", seconds: 1200 });
  lab.configure({
    "foobar:loadBalancers": { count: 2, instanceType: "t3.small" },
    "foobar:webServers": ["t3.medium", "t3.medium", "t3.small"],
    "foobar:databaseType": "t3.medium",
  });
  await lab.deploy();
  const report = await load.stop();
  const now = await instances();
  expect(Object.keys(now).sort()).toEqual(Object.keys(before).sort());
  for (const [name, ids] of Object.entries(now)) {
    expect([name, ids]).toEqual([name, [expect.any(String)]]);
    expect(ids).not.toEqual(before[name]);
  }
  expectNoError(report);
  await expectEveryWrite(lab, await wholeGroup(lab), "roll", report.written);
});

describe.each([
  [
    "haproxy.cfg",
    { file: "components/render/haproxy-edge.ts", text: "option dontlognull", instead: "option nosuchoption" },
    ["lb-1", "lb-2"],
    "nosuchoption",
  ],
  [
    "nginx.conf",
    { file: "components/render/nginx.ts", text: "server_tokens off;", instead: "no_such_directive on;" },
    ["web-1", "web-3"],
    "no_such_directive",
  ],
  [
    "my.cnf",
    {
      file: "components/render/mysql-group.ts",
      text: "super_read_only = ON",
      instead: "no_such_setting = 1",
    },
    ["db-1", "db-2", "db-3"],
    "no_such_setting",
  ],
] as const)("a broken %s", (_name, mistake, hosts, words) => {
  test("moves no traffic, says why, and the next deployment with the fault mended goes on", async () => {
    const before = await instances();
    load = await visitors(lab, { text: words });
    lab.alterProgram(mistake);
    await expect(lab.deploy()).rejects.toThrow(words);
    const during = await instances();
    // The first of them was tried; those after it are as they were.
    for (const name of hosts.slice(1)) expect(during[name]).toEqual(expect.arrayContaining(before[name]));
    lab.alterProgram();
    await lab.deploy();
    const report = await load.stop();
    expectNoError(report);
    for (const ids of Object.values(await instances())) expect(ids).toHaveLength(1);
    await expectEveryWrite(lab, await wholeGroup(lab), words, report.written);
  });
});
