import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packFolder } from "../../components/bundle";
import * as cloud from "../../lab/cloud/client";
import { Lab, siteName } from "../support/lab";
import { startLoad, type Load } from "../support/load";

jest.setTimeout(400_000);

const lab = new Lab();

beforeAll(() => lab.up());
afterAll(() => lab.down());

/** Visitors on the internet while something changes: pages over new connections, and now and then a message. */
async function visitors(): Promise<Load> {
  const load = startLoad({
    ...{ addresses: await lab.addresses(), siteName, ca: lab.ca, namespace: "foobar-internet" },
    ...{ perSec: 20, writeEvery: 10, seconds: 300, text: "rollout" },
  });
  await load.started;
  return load;
}

/** Name → instance of every running host. */
async function instances(): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const { name, id } of (await cloud.status()).hosts) (found[name] ??= []).push(id);
  return found;
}

/** An application that starts and ends at once, as one with a mistake in it does. */
function brokenBundle(): string {
  const folder = join(lab.projectDir, "broken-app");
  mkdirSync(folder);
  writeFileSync(join(folder, "server.js"), 'throw new Error("a mistake in the new release");\n');
  const file = join(lab.projectDir, "broken-app.tar.gz");
  writeFileSync(file, packFolder(folder).bytes);
  return file;
}

let load: Load;
afterEach(() => load?.stop());

const webServers = ["web-1", "web-2", "web-3"];
let serving: Record<string, string[]>;

test("a changed web setting reaches the three web hosts, and no request fails", async () => {
  const before = await instances();
  load = await visitors();
  lab.configure({ "foobar:readWeights": { primary: 50, replica: 100 } });
  const { counts } = await lab.deploy();
  const report = await load.stop();
  expect(counts.replace).toBe(3);
  expect(report.failures).toEqual({});
  expect(report.failed).toBe(0);
  expect(report.ok).toBe(report.sent);
  serving = await instances();
  for (const name of webServers) {
    expect(serving[name]).toHaveLength(1);
    expect(serving[name]).not.toEqual(before[name]);
    // the setting is on the host: reads now go to the primary too
    expect(await lab.run(name, "cat", "/etc/haproxy/haproxy.cfg")).toMatch(/weight 50\b/);
  }
  for (const name of ["lb-1", "db-1", "db-2"]) expect(serving[name]).toEqual(before[name]);
});

test("a broken release moves no traffic, says why, and the hosts before it serve on", async () => {
  load = await visitors();
  lab.configure({ "foobar:appBundle": brokenBundle() });
  await expect(lab.deploy()).rejects.toThrow("a mistake in the new release");
  const report = await load.stop();
  expect(report.failures).toEqual({});
  expect(report.ok).toBe(report.sent);
  const now = await instances();
  for (const name of webServers) expect(now[name]).toEqual(expect.arrayContaining(serving[name]));
});

test("the mended release goes on from there, and both earlier generations leave without a failed request", async () => {
  const broken = await instances();
  load = await visitors();
  lab.configure({
    "foobar:appBundle": "app/dist/app.tar.gz",
    "foobar:readWeights": { primary: 0, replica: 100 },
  });
  await lab.deploy();
  const report = await load.stop();
  expect(report.failures).toEqual({});
  expect(report.ok).toBe(report.sent);
  const now = await instances();
  for (const name of webServers) {
    expect(now[name]).toHaveLength(1);
    expect(broken[name]).not.toContain(now[name][0]);
  }
});

test("a replaced database host comes back with its own disk: same identity, every message", async () => {
  const ask = "select concat(@@server_uuid, ' ', (select count(*) from foobar.messages))";
  const before = await instances();
  const data = await lab.sql("db-2", ask);
  lab.configure({ "foobar:databaseType": "t3.medium" });
  await lab.deploy();
  const now = await instances();
  for (const name of ["db-1", "db-2"]) {
    expect(now[name]).toHaveLength(1);
    expect(now[name]).not.toEqual(before[name]);
  }
  expect(await lab.sql("db-2", ask)).toBe(data);
  expect(await lab.sql("db-2", "select @@global.super_read_only")).toBe("1");
});
