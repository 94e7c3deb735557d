/** The lab's cloud from outside: starts it, asks it, and takes it away. */
import { existsSync } from "node:fs";
import { files } from "./files";
import type { HostHealth, NodeHealth } from "./health";
import { ensureMoto } from "./moto";
import { forwardPorts, takePorts } from "./ports";
import { end, logTail, runs, startDetached } from "./processes";
import { scriptCommand } from "./script";
import { request } from "./socket";
import { withLock } from "../machine/lock";
import * as host from "../machine/host";
import { applyNetwork, emptyNetwork, namespaces } from "../machine/network";
import { inside } from "../machine/network/namespaces";
import { putFirst } from "../machine/priority";
import type { RunOptions, RunResult } from "../machine/run";
import { teardown } from "../machine/teardown";

/** Seconds that the daemon may take to answer: it may have to wait for an installation of moto. */
const startSec = 300;

/** What `status` tells. */
export interface Status {
  hosts: HostHealth[];
  /** Network load balancers, zone by zone. */
  nodes: NodeHealth[];
}

const answers = (): Promise<boolean> =>
  request("GET", "/hosts").then(
    () => true,
    () => false,
  );

/** Throws when the lab is down and a port that it will need is taken: before anything is started for nothing. */
export async function checkPorts(): Promise<void> {
  if (!runs("forward")) for (const server of await takePorts(forwardPorts())) server.close();
}

async function startForwards(): Promise<void> {
  if (runs("forward")) return;
  const servers = await takePorts(forwardPorts());
  try {
    // the sockets stay this namespace's although the process that accepts from them lives in another
    const descriptors = servers.map(
      (server) => (server as unknown as { _handle: { fd: number } })._handle.fd,
    );
    startDetached("forward", inside(namespaces.internet(), scriptCommand("forward.ts")), {
      descriptors,
      env: { NODE_OPTIONS: "" },
    });
  } finally {
    for (const server of servers) server.close();
  }
}

let ready: Promise<void> | undefined;

/**
 * Makes sure that the lab's cloud runs, starting what is missing of it: namespaces, daemon, AWS API, forwards.
 * Resolves when the control API answers. Throws when a port is taken or the daemon does not start, with its log's end.
 */
export function ensureDaemon(): Promise<void> {
  // The engine and its providers: no more than this process, since its session is somebody's terminal.
  putFirst(process.pid);
  ready ??= bringUp().catch((error: unknown) => {
    ready = undefined;
    throw error;
  });
  return ready;
}

async function bringUp(): Promise<void> {
  const whole = async (): Promise<boolean> =>
    runs("labd") && runs("forward") && runs("moto") && (await answers());
  if (await whole()) return;
  if (process.platform !== "linux" || process.getuid?.() !== 0)
    throw new Error(
      `lab: want Linux and root, got ${process.platform} and uid ${process.getuid?.() ?? "none"}; run it with sudo on a Linux machine`,
    );
  await withLock(
    files.startLock(),
    () => undefined,
    async () => {
      if (await whole()) return;
      // here, because the daemon's namespace has no way to a package index
      await ensureMoto((line) => console.error(line));
      if (!existsSync(`/run/netns/${namespaces.vpc()}`)) await applyNetwork(emptyNetwork());
      await startForwards();
      // a daemon whose AWS API has died is started anew, and brings it back
      if (runs("labd") && !(runs("moto") && (await answers()))) await end("labd");
      startDetached("labd", inside(namespaces.vpc(), scriptCommand("daemon.ts")), {
        env: { NODE_OPTIONS: "" },
      });
      const deadline = Date.now() + startSec * 1000;
      while (!(await answers())) {
        if (!runs("labd") || Date.now() > deadline)
          throw new Error(`lab: want the daemon to answer, got:\n${logTail("labd")}`);
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    },
  );
}

/** Every host and how it is. Empty when the lab is down. */
export async function status(): Promise<Status> {
  if (!runs("labd")) return { hosts: [], nodes: [] };
  return (await request("GET", "/status")) as Status;
}

/** Public addresses of the site's name, as clients get them now. */
export async function siteAddresses(): Promise<string[]> {
  return ((await request("GET", "/site")) as { addresses: string[] }).addresses;
}

/** The host of this name (of several, the one that was made last). Throws an error that lists the names there are. */
export async function hostByName(name: string): Promise<HostHealth> {
  const { hosts } = await status();
  const found = hosts.filter((one) => one.name === name || one.id === name).at(-1);
  if (found === undefined)
    throw new Error(
      `host: want one of ${[...new Set(hosts.map((one) => one.name))].join(", ") || "(the lab is down)"}, got ${name || "no name"}`,
    );
  return found;
}

async function power(name: string, action: "start" | "stop" | "power-off"): Promise<void> {
  const { id } = await hostByName(name);
  await request("POST", `/hosts/${id}/${action}`);
}

/** Cuts a host's power; it stays off until `start`. */
export const powerOff = (name: string): Promise<void> => power(name, "power-off");
/** Starts a host that was stopped or cut off, on its own disk. */
export const start = (name: string): Promise<void> => power(name, "start");
/** Shuts a host down in order. */
export const stop = (name: string): Promise<void> => power(name, "stop");

/** Runs a command on a host as root. */
export async function exec(name: string, argv: readonly string[], options?: RunOptions): Promise<RunResult> {
  return host.exec((await hostByName(name)).id, [...argv], options);
}

/** The end of a host's journal. */
export async function logs(name: string, lines = 200): Promise<string> {
  const { stdout } = await exec(name, ["journalctl", "--no-pager", `--lines=${lines}`]);
  return stdout;
}

/**
 * Takes the lab away, whatever state it is in, and leaves nothing but the image cache. Gives one line per thing
 * removed. Harmless when nothing is up.
 */
export async function down(): Promise<string[]> {
  ready = undefined;
  // the daemon first: it would bring back what goes
  await end("labd");
  await Promise.all([end("forward"), end("moto"), end("mirrors")]);
  return teardown();
}
