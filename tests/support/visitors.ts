import type { Lab } from "./lab";
import { siteName } from "./lab";
import { startLoad, type Load, type LoadOptions, type LoadReport } from "./load";
import { namespaces } from "../../lab/machine/network";

/** People on the internet who use the site: pages over new connections, and now and then a message. */
export async function visitors(lab: Lab, more: Partial<LoadOptions> = {}): Promise<Load> {
  const load = startLoad({
    ...{ addresses: await lab.addresses(), siteName, ca: lab.ca, namespace: namespaces.internet() },
    ...{ perSec: 20, writeEvery: 5, seconds: 600, text: "visitor", ...more },
  });
  await load.started;
  return load;
}

/** Nobody saw an error: every request was answered as it should be. */
export function expectNoError(report: LoadReport): void {
  expect(report.failures).toEqual({});
  expect(report.ok).toBe(report.sent);
}

/** Of a load balancer's loss only what it had open: nothing that was due later is lost, and nothing failed otherwise. */
export function expectOnlyOpenLost(report: LoadReport, lostSec: number): void {
  expect(report.failed).toBe(report.lostAtSec.length);
  expect(Math.max(0, ...report.lostAtSec)).toBeLessThan(lostSec);
}

/** Every acknowledged message is there, and once. */
export async function expectEveryWrite(
  lab: Lab,
  member: string,
  text: string,
  written: number,
): Promise<void> {
  const { all, different } = await messagesThere(lab, member, text);
  // A message whose acknowledgement was lost may be there as well; none may be missing and none twice.
  expect({ twice: all - different, missing: Math.max(0, written - different) }).toEqual({
    twice: 0,
    missing: 0,
  });
}

/** How many messages of these visitors a member has, and how many different ones. */
export async function messagesThere(
  lab: Lab,
  member: string,
  text: string,
): Promise<{ all: number; different: number }> {
  const rows = await lab.sql(
    member,
    `select concat(count(*), ' ', count(distinct body)) from foobar.messages where body like '${text} %'`,
  );
  const [all, different] = rows.split(" ").map(Number);
  return { all, different };
}
