/** Load on the site, from where its visitors are: paced HTTPS requests, verified by name, and what became of them. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { putSessionFirst } from "../../lab/machine/priority";

/** What to send, and for how long: whichever bound comes first ends it. */
export interface LoadOptions {
  /**
   * IP addresses of the site, and their port. Each request begins with another one and, as browsers do, goes on to
   * the next when no connection comes about: nothing has been sent by then. @default port 443
   */
  addresses: string[];
  port?: number;
  /** A connection comes about within this many milliseconds, TLS and all, or the next address is tried. @default 3000 */
  connectMs?: number;
  /** Name that the certificate must carry; also the Host header. */
  siteName: string;
  /** PEM of the only authority that is believed. */
  ca: string;
  /** Network namespace to run in; without one, where the caller runs. */
  namespace?: string;
  /** Path of the GET requests. @default "/" */
  path?: string;
  /** A new connection for every request, or as few as possible that are kept. @default "new" */
  connections?: "new" | "kept";
  /** Requests a second, at even distances, however long answers take; 0: as fast as the lanes go. @default 50 */
  perSec?: number;
  /** Requests under way at once, at most. @default 64 */
  lanes?: number;
  /** Longest duration, in seconds. @default 60 */
  seconds?: number;
  /** Most requests. @default 1000000 */
  requests?: number;
  /** A request fails when it has no answer after this many milliseconds. @default 15000 */
  timeoutMs?: number;
  /** A request is late when its answer takes longer, counted from when it was due. @default 1000 */
  lateMs?: number;
  /** Every n-th request adds a message (POST /messages, with a key of its own); 0: none. @default 0 */
  writeEvery?: number;
  /** What those messages say, followed by their number. @default "load" */
  text?: string;
}

/** What became of the requests. */
export interface LoadReport {
  /** How long it took. */
  seconds: number;
  sent: number;
  /** Answered as wanted: 200 for a page, 201 for a message. */
  ok: number;
  /** The rest: refused, cut, timed out, not verified, another status. */
  failed: number;
  /** Answered (or failed) later than `lateMs`. */
  late: number;
  /** The first hundred of those: when they were due, in seconds since the start, what they were and how long they took. */
  lateOnes: { atSec: number; path: string; waitMs: number }[];
  /** Addresses that gave no connection, after which the next one was tried; not failed. */
  passedOver: number;
  /** GET requests sent again because the server closed a kept connection under them; not failed. */
  resent: number;
  /** Messages that were acknowledged: each must be in the database. */
  written: number;
  /** Waits from when a request was due, in milliseconds. */
  longestMs: number;
  medianMs: number;
  p99Ms: number;
  /** Answered as wanted, per second. */
  requestsPerSec: number;
  /** `x-served-by` → how many. */
  perHost: Record<string, number>;
  /** `x-database-role` → how many. */
  perRole: Record<string, number>;
  /** When requests that were lost after their connection stood were due: seconds since the start. */
  lostAtSec: number[];
  /** Reason → how many. */
  failures: Record<string, number>;
}

/** Load that is under way. */
export interface Load {
  /** Resolves after the first answer. */
  started: Promise<void>;
  /** Sends no more, waits for the answers, and reports. */
  stop(): Promise<LoadReport>;
  /** The report, at the end of its time. */
  finished: Promise<LoadReport>;
}

const DEFAULTS = {
  port: 443,
  connectMs: 3000,
  path: "/",
  connections: "new",
  perSec: 50,
  lanes: 64,
  seconds: 60,
  requests: 1_000_000,
  timeoutMs: 15_000,
  lateMs: 1000,
  writeEvery: 0,
  text: "load",
} as const;

/** Starts load in a process of its own; it ends with this one at the latest. */
export function startLoad({ namespace, ...options }: LoadOptions): Load {
  const loader = join(__dirname, "../../engine/register.js");
  const client = [process.execPath, "--require", loader, join(__dirname, "load-client.ts")];
  const enter = namespace === undefined ? [] : ["nsenter", `--net=/run/netns/${namespace}`, "--"];
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const [command, ...argv] = [...enter, ...client, JSON.stringify({ ...DEFAULTS, ...given })];
  const child = spawn(command, argv, {
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
    env: { ...process.env, NODE_OPTIONS: "" },
  });
  // Visitors have computers of their own: their pace does not depend on what a deployment does to this one. A client
  // without a pace would take it all.
  if (namespace !== undefined && given.perSec !== 0 && child.pid !== undefined) putSessionFirst(child.pid);
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const lines = createInterface(child.stdout);
  const finished = new Promise<LoadReport>((resolve, reject) => {
    let last = "";
    lines.on("line", (line) => (last = line));
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(JSON.parse(last) as LoadReport);
      else reject(new Error(`load: want a report, got exit code ${code}: ${errors.slice(-1000)}`));
    });
  });
  finished.catch(() => {}); // whoever waits for it is told; nobody has to
  const started = new Promise<void>((resolve, reject) => {
    lines.once("line", () => resolve());
    finished.then(() => resolve(), reject);
  });
  started.catch(() => {});
  return {
    started,
    finished,
    stop: () => {
      child.stdin.end();
      return finished;
    },
  };
}

/** Runs load to its end. */
export function runLoad(options: LoadOptions): Promise<LoadReport> {
  return startLoad(options).finished;
}
