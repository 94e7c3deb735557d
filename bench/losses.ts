/** What visitors notice when something of the hardened site is lost. */
import * as cloud from "../lab/cloud/client";
import { cutOff, freeze, thaw } from "../lab/cloud/faults";
import { wholeGroup } from "../tests/support/group";
import type { Lab } from "../tests/support/lab";
import type { LoadReport } from "../tests/support/load";
import { pause } from "../tests/support/until";
import { messagesThere, visitors } from "../tests/support/visitors";
import type { Row } from "./row";

interface Loss {
  what: string;
  /** Which one, when this is the databases' primary. */
  host: (leader: string) => string;
  happens: (host: string) => Promise<unknown>;
  mend: (host: string) => Promise<unknown>;
  wanted: string;
}

const named = (host: string) => (): string => host;
const leader = (host: string): string => host;
/** Long enough for whatever the loss does to be over. */
const AFTER_MS = 20_000;
const SERVERS = "haproxy nginx apache2 foobar-app";
const WRITES = "writes again within 7 s, 0 failed, 0 lost";

function losses(lab: Lab): Loss[] {
  const kill = (services: string) => (host: string) =>
    lab.run(host, "sh", "-c", `systemctl kill --signal=KILL ${services} 2>/dev/null; true`);
  const nothing = (): Promise<void> => Promise.resolve();
  return [
    {
      ...{ what: "a web host: its processes killed", host: named("web-1"), wanted: "0 failed" },
      ...{ happens: kill(SERVERS), mend: nothing },
    },
    {
      ...{ what: "a web host: power", host: named("web-2"), wanted: "0 failed" },
      ...{ happens: cloud.powerOff, mend: cloud.start },
    },
    {
      ...{ what: "a load balancer: power", host: named("lb-1"), wanted: "its open connections" },
      ...{ happens: cloud.powerOff, mend: cloud.start },
    },
    {
      ...{ what: "the primary: its process killed", host: leader, wanted: WRITES },
      ...{ happens: kill("mysql"), mend: nothing },
    },
    {
      ...{ what: "the primary: power", host: leader, wanted: WRITES },
      ...{ happens: cloud.powerOff, mend: cloud.start },
    },
    {
      ...{ what: "the primary: cut off", host: leader, wanted: WRITES },
      ...{ happens: (host) => cutOff(host), mend: () => cutOff() },
    },
    {
      ...{ what: "the primary: frozen", host: leader, wanted: WRITES },
      ...{ happens: freeze, mend: thaw },
    },
    {
      ...{ what: "the primary: planned switch", host: leader, wanted: "writes pause 0.5 s" },
      ...{ happens: (host) => switchFrom(lab, host), mend: nothing },
    },
  ];
}

/** Brings each loss about under the load of readers and writers, and mends it. */
export async function measureLosses(lab: Lab, row: Row, say: (line: string) => void): Promise<void> {
  for (const { what, host, happens, mend, wanted } of losses(lab)) {
    say(`${what} …`);
    await lab.addressesAre(2, 120_000);
    const lost = host(await wholeGroup(lab));
    const text = what.replace(/\W+/g, "-");
    const readers = await visitors(lab, { perSec: 20, writeEvery: 0 });
    const writers = await visitors(lab, { perSec: 10, writeEvery: 1, text });
    await pause(2000);
    await happens(lost);
    await pause(AFTER_MS);
    const [pages, posts] = [await readers.stop(), await writers.stop()];
    await mend(lost);
    const { different } = await messagesThere(lab, await wholeGroup(lab), text);
    row(
      what,
      `${told("pages", pages)}\n${told("posts", posts)}, ${Math.max(0, posts.written - different)} lost`,
      wanted,
    );
  }
}

function told(what: string, { sent, failed, longestMs }: LoadReport): string {
  return `${what}: ${failed} of ${sent} failed, longest ${(longestMs / 1000).toFixed(2)} s`;
}

async function switchFrom(lab: Lab, leader: string): Promise<void> {
  const next = leader === "db-1" ? "db-2" : "db-1";
  const uuid = await lab.sql(next, "select @@server_uuid");
  await lab.sql(leader, `select group_replication_set_as_primary('${uuid}')`);
}
