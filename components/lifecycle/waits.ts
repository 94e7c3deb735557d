import { randomUUID } from "node:crypto";
import type { Signals } from "./signals";

/** Time, so that tests need not wait. Milliseconds. */
export interface Clock {
  now(): number;
  sleep(ms: number): Promise<void>;
}

/** What every wait needs. */
export interface Waiting {
  signals: Signals;
  clock: Clock;
  /** How long a new host may take to serve. */
  readySeconds: number;
  /** How long a leaving host may take to finish its work. */
  drainSeconds: number;
  /** Tells the person who watches the deployment. */
  warn(text: string): void;
}

/** A host's answer to a request to drain. */
interface Answer {
  status: "drained" | "refused";
  reason?: string;
  /** The text of the request that it answers. */
  request?: string;
}

/** What a host wrote at the end of its boot. */
interface Report {
  status: "ready" | "failed";
  host: string;
  log?: string;
}

/** Between two looks at the bucket. */
const POLL_MS = 500;
/** Lines of a failed host's log that go into the error. */
const LOG_LINES = 40;
/** A host that has drained stays this long before the next of its tier may begin. */
const GRACE_MS = 1000;

const readyKey = (id: string) => `ready/${id}.json`;
const drainKey = (id: string) => `drain/${id}`;
const drainedKey = (id: string) => `drained/${id}.json`;

/**
 * Waits until the host has reported that its services answer.
 * @throws with the end of its log when it reported a failure, and after `readySeconds` without a report.
 */
export async function untilReady(waiting: Waiting, host: string, id: string): Promise<void> {
  const report = await untilReport(waiting, `${host} (${id})`, () => readReport(waiting, id));
  if (report.status !== "ready")
    throw new Error(
      `${host} (${id}): its boot failed; mend what its log says and deploy again\n${tail(report.log)}`,
    );
}

/**
 * Lets a host leave its tier: it waits until nobody holds its old address, finishes what it has, and its signals are
 * removed. Hosts that never served leave at once; one that does not answer is left to its end with a warning, since
 * it must not keep the others.
 */
export async function leaveTier(waiting: Waiting, lease: Lease, host: string, id: string): Promise<void> {
  if ((await readReport(waiting, id))?.status === "ready") {
    await lease.hold(async () => {
      const answer = await drain(waiting, id);
      if (answer === undefined)
        waiting.warn(
          `${host} (${id}): want it drained within ${waiting.drainSeconds} s, got no answer; going on`,
        );
      await waiting.clock.sleep(GRACE_MS);
    });
  }
  await forget(waiting, id);
}

/**
 * Takes a database host from its volume: when every other member of its own serves, which the host checks itself, it
 * hands over, stops MySQL and unmounts. A host that never served is left to the provider, which stops an instance before it detaches.
 *
 * @throws when another member does not serve, when the host refuses, and when it does not answer. Nothing has been
 * detached then.
 */
export async function releaseVolume(
  waiting: Waiting,
  host: string,
  id: string,
  others: string[],
): Promise<void> {
  if ((await readReport(waiting, id))?.status === "ready") {
    const silent: string[] = [];
    const notice = (other: string, report: Report) => {
      // A member whose boot failed serves nothing that could be lost, and may be mended by this very deployment.
      if (report.status !== "ready")
        waiting.warn(
          `${other}: its boot had failed; ${host} stops without it, and nobody serves until it is back`,
        );
    };
    for (const other of others) {
      const report = await findReport(waiting, other);
      if (report) notice(other, report);
      else silent.push(other);
    }
    let answer = await drain(waiting, id);
    // One that has not reported is still booting, or is yet to be made by this very deployment. The host knows who its
    // fellows are: when it can do without, it has left by now.
    if (answer?.status === "refused" && silent.length > 0) {
      for (const other of silent)
        notice(
          other,
          await untilReport(waiting, `${other}, which must serve before ${host} stops`, () =>
            findReport(waiting, other),
          ),
        );
      answer = await drain(waiting, id);
    }
    if (answer === undefined)
      throw new Error(
        `${host} (${id}): want it drained within ${waiting.drainSeconds} s, got no answer; see its log. If it is gone for good, remove ${readyKey(id)} from the bucket and deploy again`,
      );
    if (answer.status !== "drained")
      throw new Error(
        `${host} (${id}): want it drained, got a refusal: ${answer.reason ?? "no reason given"}`,
      );
  }
  await forget(waiting, id);
}

/** Whether any of these hosts has reported that it serves. */
export async function anyReady(waiting: Waiting, hosts: string[]): Promise<boolean> {
  for (const host of hosts) if ((await findReport(waiting, host))?.status === "ready") return true;
  return false;
}

/** Waits until every one of these hosts, known by name only, has reported that it serves. */
export async function untilAllReady(waiting: Waiting, hosts: string[]): Promise<void> {
  for (const host of hosts) {
    const report = await untilReport(waiting, host, () => findReport(waiting, host));
    if (report.status !== "ready")
      throw new Error(
        `${host}: its boot failed; mend what its log says and deploy again\n${tail(report.log)}`,
      );
  }
}

/** One at a time, in the order of asking. Whatever the holder does has a deadline, so no one waits for ever. */
export class Lease {
  private last: Promise<unknown> = Promise.resolve();

  /** Runs the work when all earlier work has ended, well or not. */
  hold<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.last.then(work, work);
    this.last = mine.catch(() => undefined);
    return mine;
  }
}

async function drain(waiting: Waiting, id: string): Promise<Answer | undefined> {
  // Unlike any other request, so that an answer to an earlier one is not taken for an answer to this one.
  const request = randomUUID();
  await waiting.signals.write(drainKey(id), request);
  const { found } = await poll(waiting, waiting.drainSeconds, async () => {
    const text = await waiting.signals.read(drainedKey(id));
    const answer = text === undefined ? undefined : (JSON.parse(text) as Answer);
    return answer?.request === request ? answer : undefined;
  });
  // A request that failed is withdrawn: nobody may find it later and stop on its own.
  if (found?.status !== "drained") await waiting.signals.remove([drainKey(id), drainedKey(id)]);
  return found;
}

function forget(waiting: Waiting, id: string): Promise<void> {
  return waiting.signals.remove([readyKey(id), drainKey(id), drainedKey(id)]);
}

async function readReport(waiting: Waiting, id: string): Promise<Report | undefined> {
  const text = await waiting.signals.read(readyKey(id));
  return text === undefined ? undefined : (JSON.parse(text) as Report);
}

/** The report of a host known by name only: a leaving host's is removed, so there is one at most. */
async function findReport(waiting: Waiting, host: string): Promise<Report | undefined> {
  for (const key of await waiting.signals.list("ready/")) {
    const text = await waiting.signals.read(key);
    const report = text === undefined ? undefined : (JSON.parse(text) as Report);
    if (report?.host === host) return report;
  }
  return undefined;
}

async function untilReport(
  waiting: Waiting,
  who: string,
  look: () => Promise<Report | undefined>,
): Promise<Report> {
  const { found, lastError } = await poll(waiting, waiting.readySeconds, look);
  if (found === undefined)
    throw new Error(
      `${who}: want it ready within ${waiting.readySeconds} s, got ${lastError ?? "no report"}; read its console log (aws ec2 get-console-output, or make logs in the lab)`,
    );
  return found;
}

/** Looks until something is found or time is up. A look that fails is repeated: networks and new roles have hiccups. */
export async function poll<T>(
  waiting: Waiting,
  seconds: number,
  look: () => Promise<T | undefined>,
  everyMs = POLL_MS,
): Promise<{ found?: T; lastError?: string }> {
  const deadline = waiting.clock.now() + seconds * 1000;
  let lastError: string | undefined;
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined) return { found };
      lastError = undefined;
    } catch (error) {
      lastError = error instanceof Error ? error.message : String(error);
    }
    if (waiting.clock.now() >= deadline) return { lastError };
    await waiting.clock.sleep(everyMs);
  }
}

function tail(log: string | undefined): string {
  return log ? log.trimEnd().split("\n").slice(-LOG_LINES).join("\n") : "(it sent no log)";
}
