import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { inside } from "../../lab/machine/network/namespaces";
import { must } from "../../lab/machine/run";

// Port 443 tells who it is and what the PROXY header says, and then repeats what it hears; port 8405 answers checks.
const program = `
const net = require("net");
const name = process.argv[1];
let status = 200;
require("readline").createInterface(process.stdin).on("line", (line) => { status = Number(line); });
process.stdin.on("end", () => process.exit(0));
const signature = Buffer.from("0d0a0d0a000d0a515549540a", "hex");
const header = (bytes) => {
  if (bytes.length < 16 || !bytes.subarray(0, 12).equals(signature)) return undefined;
  const length = 16 + bytes.readUInt16BE(14);
  const client = bytes[13] === 0x11 ? [...bytes.subarray(16, 20)].join(".") : "nobody";
  return bytes.length < length ? undefined : { command: bytes[12] & 15, client, length };
};
const serve = (port, begin, more) => new Promise((done) => net.createServer((socket) => {
  let bytes = Buffer.alloc(0), proxy;
  socket.on("error", () => {});
  socket.on("data", (chunk) => {
    if (proxy !== undefined) return more(socket, chunk, proxy);
    bytes = Buffer.concat([bytes, chunk]);
    proxy = header(bytes);
    if (proxy === undefined) return;
    begin(socket, proxy);
    if (bytes.length > proxy.length) more(socket, bytes.subarray(proxy.length), proxy);
  });
}).listen(port, done));
const answer = (socket, chunk, proxy) => {
  if (!/^GET \\/healthz /.test(chunk)) return socket.destroy();
  console.log("check " + (proxy.command === 0 ? "local" : "proxied"));
  socket.end("HTTP/1.1 " + status + " Whatever\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n");
};
Promise.all([
  serve(443, (socket, proxy) => socket.write(name + " from " + socket.remoteAddress.replace("::ffff:", "") + " for " + proxy.client + "\\n"), (socket, chunk) => socket.write(chunk)),
  serve(8405, () => {}, answer),
]).then(() => console.log("ready"));
`;

/** A host behind a load balancer, as far as that can tell: a program in a namespace. */
export interface TargetHost {
  /** How its checks came: `check local` for one whose PROXY header names no client. */
  seen: string[];
  /** The status with which it answers checks from now on. */
  answer(status: number): void;
  close(): Promise<void>;
}

/** Starts a host in a namespace that is there. */
export async function targetHost(namespace: string, name: string): Promise<TargetHost> {
  const [command, ...rest] = inside(namespace, [process.execPath, "-e", program, name]);
  const child = spawn(command, rest, { stdio: ["pipe", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const seen: string[] = [];
  const lines = createInterface({ input: child.stdout });
  await once(lines, "line");
  lines.on("line", (line) => seen.push(line));
  return {
    seen,
    answer: (status) => child.stdin.write(`${status}\n`),
    close: async () => {
      child.stdin.end();
      await exited;
    },
  };
}

/** A connection from inside a namespace, which tells what it hears. */
export interface Conversation {
  /** The first line that came; empty when the connection ended without one. */
  greeting: string;
  /** Says something and gives the answer; undefined when the connection has ended. */
  say(text: string): Promise<string | undefined>;
  close(): void;
}

const client = `
const socket = require("net").connect(Number(process.argv[2]), process.argv[1]);
socket.on("error", () => {}).on("close", () => process.exit(0));
socket.pipe(process.stdout);
process.stdin.pipe(socket);
`;

const callers = `
const greeting = () => new Promise((done) => {
  const socket = require("net").connect(Number(process.argv[2]), process.argv[1]);
  let said = "";
  socket.on("error", () => {}).on("close", () => done(said.trim()));
  socket.on("data", (chunk) => { said += chunk; socket.destroy(); });
  setTimeout(() => socket.destroy(), 3000);
});
Promise.all(Array.from({ length: Number(process.argv[3]) }, greeting)).then((all) => console.log(JSON.stringify(all)));
`;

/** Who answers so many connections from a namespace: each greeting once, in order; empty for a connection without. */
export async function greetings(
  namespace: string,
  address: string,
  port: number,
  connections: number,
): Promise<string[]> {
  const argv = [process.execPath, "-e", callers, address, String(port), String(connections)];
  const said = await must(inside(namespace, argv));
  return [...new Set(JSON.parse(said) as string[])].sort();
}

/** Connects from a namespace. The greeting is empty when nobody answers within the time. */
export async function converse(namespace: string, address: string, port: number): Promise<Conversation> {
  const [command, ...rest] = inside(namespace, [process.execPath, "-e", client, address, String(port)]);
  const child = spawn(command, rest, { stdio: ["pipe", "pipe", "ignore"] });
  child.stdin.on("error", () => undefined);
  const lines = createInterface({ input: child.stdout });
  const next = (withinMs: number): Promise<string | undefined> =>
    new Promise((resolve) => {
      const timer = setTimeout(() => resolve(undefined), withinMs);
      const done = (line?: string): void => {
        clearTimeout(timer);
        resolve(line);
      };
      lines.once("line", done);
      lines.once("close", () => done());
    });
  const greeting = (await next(5000)) ?? "";
  return {
    greeting,
    say: (text) => {
      if (child.exitCode === null) child.stdin.write(`${text}\n`);
      return child.exitCode === null ? next(3000) : Promise.resolve(undefined);
    },
    close: () => child.kill("SIGKILL"),
  };
}
