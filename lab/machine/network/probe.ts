import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { run } from "../run";
import { inside } from "./namespaces";

/** One packet exchange to try. */
export interface Probe {
  to: string;
  port: number;
  /** @default "tcp" */
  protocol?: "tcp" | "udp";
  /** Source address; must be one of the namespace's own. @default the kernel's choice */
  from?: string;
}

/** What came of it. `filtered`: nothing came back, as when a packet is dropped. */
export interface ProbeResult {
  outcome: "open" | "refused" | "filtered" | "unreachable";
  /** The address under which the listener saw us (only where `listen` answers). */
  seenAs?: string;
}

// Both programs are plain Node, so that they start in 40 ms and need nothing installed in the namespace.
const client = `
const net = require("net"), dgram = require("dgram");
const { probes, timeoutMs } = JSON.parse(process.argv[1]);
const code = { ECONNREFUSED: "refused", EHOSTUNREACH: "unreachable", ENETUNREACH: "unreachable", EINVAL: "filtered" };
const tcp = (p) => new Promise((done) => {
  const s = net.connect({ host: p.to, port: p.port, localAddress: p.from });
  const end = (r) => { s.destroy(); done(r); };
  let connected = false;
  setTimeout(() => end({ outcome: connected ? "open" : "filtered" }), timeoutMs);
  s.on("connect", () => { connected = true; s.write("hello"); });
  s.on("data", (d) => end({ outcome: "open", seenAs: d.toString() }));
  s.on("end", () => end({ outcome: "open" }));
  s.on("error", (e) => end({ outcome: connected ? "open" : code[e.code] || "filtered" }));
});
const udp = (p) => new Promise((done) => {
  const s = dgram.createSocket("udp4");
  const end = (r) => { try { s.close(); } catch {} done(r); };
  setTimeout(() => end({ outcome: "filtered" }), timeoutMs);
  s.on("message", (d) => end({ outcome: "open", seenAs: d.toString() }));
  s.on("error", (e) => end({ outcome: code[e.code] || "filtered" }));
  s.bind(0, p.from || "0.0.0.0", () => s.connect(p.port, p.to, () => s.send("hello")));
});
Promise.all(probes.map((p) => (p.protocol === "udp" ? udp(p) : tcp(p)))).then((r) => {
  process.stdout.write(JSON.stringify(r), () => process.exit(0));
});`;
const server = `
const net = require("net"), dgram = require("dgram");
const { tcp, udp, address } = JSON.parse(process.argv[1]);
const ready = [
  ...tcp.map((port) => new Promise((done) => net.createServer((s) => {
    console.log("tcp " + port + " " + s.remoteAddress);
    s.on("error", () => {}); s.end(s.remoteAddress);
  }).listen(port, address, done))),
  ...udp.map((port) => new Promise((done) => {
    const s = dgram.createSocket("udp4");
    s.on("message", (_, from) => {
      console.log("udp " + port + " " + from.address);
      s.send(from.address, from.port, from.address);
    }).bind(port, address, done);
  })),
];
Promise.all(ready).then(() => console.log("ready"));
process.stdin.on("end", () => process.exit(0)).resume();`;

/**
 * Tries connections from inside a namespace, all at once, and tells what came back. A test's view of the network.
 * @param timeoutMs how long silence must last to count as `filtered`. @default 700
 */
export async function probe(namespace: string, probes: Probe[], timeoutMs = 700): Promise<ProbeResult[]> {
  const argument = JSON.stringify({ probes, timeoutMs });
  const { stdout, stderr } = await run(inside(namespace, [process.execPath, "-e", client, argument]));
  if (stdout === "") throw new Error(`probe: want an answer from ${namespace}, got ${stderr}`);
  return JSON.parse(stdout) as ProbeResult[];
}

/** Listens in a namespace until `close` is called. */
export interface Listener {
  /** Who has come, in order: `tcp 443 203.0.113.10`. */
  seen: string[];
  close: () => Promise<void>;
}

/**
 * Listens in a namespace on ports that answer with the caller's address.
 * @param ports.address a UDP answer leaves from this address only when it is given. @default all
 */
export async function listen(
  namespace: string,
  ports: { tcp?: number[]; udp?: number[]; address?: string },
): Promise<Listener> {
  const argument = JSON.stringify({
    tcp: ports.tcp ?? [],
    udp: ports.udp ?? [],
    address: ports.address ?? "0.0.0.0",
  });
  const [program, ...rest] = inside(namespace, [process.execPath, "-e", server, argument]);
  const child = spawn(program, rest, { stdio: ["pipe", "pipe", "inherit"] });
  const exited = new Promise<void>((resolve) => child.on("exit", () => resolve()));
  const lines = createInterface({ input: child.stdout });
  await new Promise<void>((resolve, reject) => {
    lines.once("line", () => resolve());
    child.once("exit", () => reject(new Error(`listen: want ${argument} in ${namespace}, got an early end`)));
  });
  const seen: string[] = [];
  lines.on("line", (line) => seen.push(line));
  return {
    seen,
    close: () => {
      child.stdin.end();
      return exited;
    },
  };
}
