/**
 * The client behind `startLoad`, a program of its own: it may run inside a network namespace.
 * Its only argument is LoadOptions as JSON; it ends when its time, its requests or its standard input end, and
 * prints a LoadReport as one line of JSON. After the first answer it prints the line "started".
 */
import { randomUUID } from "node:crypto";
import { Agent, type RequestOptions, request } from "node:https";
import type { LoadOptions, LoadReport } from "./load";

interface Answer {
  status: number;
  servedBy: string;
  role: string;
}

const options = JSON.parse(process.argv[2]) as Required<Omit<LoadOptions, "namespace">>;
const keepAlive = options.connections === "kept";
const agent = new Agent({
  keepAlive,
  maxSockets: options.lanes,
  maxCachedSessions: keepAlive ? 100 : 0,
});
const report: LoadReport = {
  seconds: 0,
  sent: 0,
  ok: 0,
  failed: 0,
  late: 0,
  lateOnes: [],
  passedOver: 0,
  resent: 0,
  written: 0,
  longestMs: 0,
  medianMs: 0,
  p99Ms: 0,
  requestsPerSec: 0,
  perHost: {},
  perRole: {},
  lostAtSec: [],
  failures: {},
};
const waitsMs: number[] = [];
let beganMs = 0;
/** So many late requests are told one by one. */
const LATE_ONES = 100;

/** A request whose connection stood, and then was lost or stayed silent. */
class Lost extends Error {}

const count = (of: Record<string, number>, key: string): void => void (of[key] = (of[key] ?? 0) + 1);

/**
 * One request, verified by the site's name against its authority alone. `turn` says with which address to begin and
 * `tried` how many gave no connection so far.
 */
function ask(path: string, body: string | undefined, key: string, turn: number, tried = 0): Promise<Answer> {
  const { addresses } = options;
  const settings: RequestOptions = {
    host: addresses[(turn + tried) % addresses.length],
    port: options.port,
    servername: options.siteName,
    ca: options.ca,
    agent,
    path,
    method: body === undefined ? "GET" : "POST",
    timeout: options.timeoutMs,
    headers: { host: options.siteName, accept: "text/html" },
  };
  if (body !== undefined)
    Object.assign(settings.headers!, { "content-type": "application/json", "idempotency-key": key });
  return new Promise((resolve, reject) => {
    const sent = request(settings, (response) => {
      response.on("error", reject);
      response.resume().on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          servedBy: response.headers["x-served-by"]?.toString() ?? "nobody",
          role: response.headers["x-database-role"]?.toString() ?? "none",
        }),
      );
    });
    const late = setTimeout(() => sent.destroy(new Error("timeout")), options.timeoutMs);
    let connected = false;
    // Whoever has no other address left waits.
    const another = tried + 1 < addresses.length;
    const slow = setTimeout(() => {
      if (!connected && another) sent.destroy(new Error("no connection"));
    }, options.connectMs);
    sent.on("socket", (socket) => {
      connected = sent.reusedSocket;
      socket.once("secureConnect", () => (connected = true));
    });
    sent.on("close", () => [late, slow].forEach(clearTimeout));
    sent.on("error", (error: NodeJS.ErrnoException) => {
      // Nothing has been sent: whoever has another address uses it.
      if (!connected && another) {
        report.passedOver++;
        ask(path, body, key, turn, tried + 1).then(resolve, reject);
        return;
      }
      // RFC 9112, 9.3.1: a kept connection may be closed while a request is under way; browsers send it again.
      if (sent.reusedSocket && error.code === "ECONNRESET" && body === undefined) {
        report.resent++;
        ask(path, body, key, turn).then(resolve, reject);
      } else reject(connected ? new Lost(`lost: ${error.message}`) : error);
    });
    sent.end(body);
  });
}

/** Sends request number `n`, which was due at `dueMs`: waiting for a free lane counts as waiting. */
async function send(n: number, dueMs: number): Promise<void> {
  const write = options.writeEvery > 0 && n % options.writeEvery === 0;
  const path = write ? "/messages" : options.path;
  const body = write ? JSON.stringify({ author: "load", text: `${options.text} ${n}` }) : undefined;
  report.sent++;
  try {
    const { status, servedBy, role } = await ask(path, body, randomUUID(), n);
    if (status !== (write ? 201 : 200)) throw new Error(`status ${status} from ${servedBy}`);
    report.ok++;
    if (write) report.written++;
    count(report.perHost, servedBy);
    count(report.perRole, role);
  } catch (error) {
    report.failed++;
    if (error instanceof Lost) report.lostAtSec.push((dueMs - beganMs) / 1000);
    const { code, message } = error as NodeJS.ErrnoException;
    count(report.failures, code ? `${code}: ${message}` : message);
  }
  const waitMs = performance.now() - dueMs;
  waitsMs.push(waitMs);
  if (waitMs > options.lateMs && report.late++ < LATE_ONES)
    report.lateOnes.push({ atSec: (dueMs - beganMs) / 1000, path, waitMs });
  if (n === 1) console.log("started");
}

async function main(): Promise<void> {
  const startMs = performance.now();
  beganMs = startMs;
  const endMs = startMs + options.seconds * 1000;
  let stopped = false;
  process.stdin.on("end", () => (stopped = true)).resume();
  let next = 0;
  const lane = async (): Promise<void> => {
    while (!stopped && next < options.requests) {
      const n = ++next;
      const dueMs = options.perSec > 0 ? startMs + ((n - 1) * 1000) / options.perSec : performance.now();
      if (dueMs > endMs || performance.now() > endMs) return;
      const early = dueMs - performance.now();
      if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
      if (!stopped) await send(n, dueMs);
    }
  };
  await Promise.all(Array.from({ length: options.lanes }, lane));
  agent.destroy();
  report.seconds = (performance.now() - startMs) / 1000;
  waitsMs.sort((a, b) => a - b);
  const at = (share: number): number =>
    waitsMs[Math.min(waitsMs.length - 1, Math.floor(waitsMs.length * share))] ?? 0;
  Object.assign(report, { medianMs: at(0.5), p99Ms: at(0.99), longestMs: at(1) });
  report.requestsPerSec = report.ok / report.seconds;
  console.log(JSON.stringify(report));
  process.stdin.destroy();
}

void main();
