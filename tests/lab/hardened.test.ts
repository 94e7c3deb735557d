import * as cloud from "../../lab/cloud/client";
import { cutOff } from "../../lab/cloud/faults";
import { askSite } from "../../lab/commands/site";
import { members, primary, wholeGroup } from "../support/group";
import { Lab, siteName } from "../support/lab";
import type { Load } from "../support/load";
import { eventually, pause } from "../support/until";
import { expectEveryWrite, expectNoError, expectOnlyOpenLost, visitors } from "../support/visitors";

jest.setTimeout(300_000);

const lab = new Lab("lab");

let load: Load | undefined;
beforeAll(() => lab.up());
afterEach(() => load?.stop().catch(() => undefined));
afterAll(() => lab.down());

test("nginx and Apache hosts serve side by side, in the proportion of their size", async () => {
  for (const balancer of ["lb-1", "lb-2"]) await lab.wholeShares(balancer);
  load = await visitors(lab, { requests: 100, perSec: 50, writeEvery: 0 });
  const report = await load.finished;
  expectNoError(report);
  // web-3 is half the size of the others, and two load balancers count for themselves.
  expect(Math.abs(report.perHost["web-1"] - 40)).toBeLessThanOrEqual(3);
  expect(Math.abs(report.perHost["web-2"] - 40)).toBeLessThanOrEqual(3);
  expect(Math.abs(report.perHost["web-3"] - 20)).toBeLessThanOrEqual(3);
  expect(await lab.run("web-2", "systemctl", "is-active", "apache2")).toBe("active");
  expect(await lab.run("web-1", "systemctl", "is-active", "nginx")).toBe("active");
});

test("a load balancer counts the client's own address, which it knows by the PROXY header", async () => {
  const table = await lab.run(
    "lb-1",
    "sh",
    "-c",
    "echo 'show table balancers/clients' | socat - /run/haproxy/admin.sock",
  );
  expect(table).toContain("203.0.113.10");
});

test("when the power of a load balancer is cut, only its open connections are lost, and its address leaves the name within 20 s", async () => {
  const before = await lab.addresses();
  expect(before).toHaveLength(2);
  const startMs = Date.now();
  load = await visitors(lab);
  await pause(1000);
  await cloud.powerOff("lb-1");
  const cutSec = (Date.now() - startMs) / 1000;
  await lab.addressesAre(1, 20_000);
  const rest = await visitors(lab, { requests: 60, perSec: 20 });
  const after = await rest.finished;
  expectNoError(after);
  expect(after.passedOver).toBe(0);
  expectOnlyOpenLost(await load.stop(), cutSec);
  await cloud.start("lb-1");
  await lab.addressesAre(2, 90_000);
});

test("when the power of a web host is cut, no request fails", async () => {
  load = await visitors(lab);
  await pause(1000);
  await cloud.powerOff("web-2");
  await pause(8000);
  expectNoError(await load.stop());
  await cloud.start("web-2");
  await eventually("web-2 serving", 90_000, async () =>
    (await askSite({ siteName, ca: lab.ca }).catch(() => undefined))?.servedBy === "web-2" ? true : undefined,
  );
});

describe.each([
  ["the power of the database primary is cut", cloud.powerOff, cloud.start],
  ["the database primary is cut off from everybody", cutOff, () => cutOff()],
] as const)("when %s", (what, fault, mend) => {
  test("writes resume within 10 s, no acknowledged write is lost, and nobody sees an error", async () => {
    const lost = await wholeGroup(lab);
    const text = what.replace(/\W+/g, "-");
    load = await visitors(lab, { text });
    await pause(1000);
    const others = members.filter((member) => member !== lost);
    const startMs = Date.now();
    await fault(lost);
    try {
      const next = await eventually("another primary", 20_000, async () => {
        const found = await primary(lab, others);
        return found !== undefined && found !== lost ? found : undefined;
      });
      expect(Date.now() - startMs).toBeLessThan(10_000);
      await pause(5000);
      const report = await load.stop();
      expectNoError(report);
      expect(report.longestMs).toBeLessThan(12_000);
      await expectEveryWrite(lab, next, text, report.written);
    } finally {
      await mend(lost);
    }
    const { written } = await load.finished;
    await wholeGroup(lab);
    await expectEveryWrite(lab, lost, text, written);
  });
});
