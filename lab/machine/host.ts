import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeGroups, processesOf, removeGroups, setShare } from "./cgroups";
import { writeDisk } from "./disk";
import { mountsOf } from "./mounts";
import { renewNamespace } from "./network/apply";
import { inside } from "./network/namespaces";
import { containerProcess, leaderPid, startContainer } from "./nspawn";
import { paths } from "./paths";
import { isAlive, signal, until } from "./process";
import { must, run, type RunOptions, type RunResult } from "./run";
import { inTurn } from "./turns";
import { detachAll, deviceFolder, showVolumes } from "./volume";

export { consolePath, leaderPid } from "./nspawn";

/** An EC2 instance, as far as the machine is concerned. */
export interface HostSpec {
  /** Instance id, also cloud-init's. */
  id: string;
  /** Host name without a domain. */
  name: string;
  /** Root of the image, which is only read. */
  imageRoot: string;
  /** Network namespace of its interface (`eniNamespace`); must exist. */
  netns: string;
  vcpus: number;
  memoryMiB: number;
  /** User data as EC2 takes it, compressed or not. */
  userData: Buffer;
  /** Trusted beside the image's own authorities; empty for none. */
  cloudCaPem: string;
  /** Address for resolv.conf. */
  nameserver: string;
}

/** What is kept of a host's spec; the rest is on its disk. */
type SavedSpec = Pick<HostSpec, "id" | "name" | "imageRoot" | "netns" | "vcpus" | "memoryMiB">;

/** `SIGRTMIN+4` (34 + 4 with Debian's C library) asks systemd, as init, to power off. */
const powerOffSignal = 38;

/** A host that has not booted by then will not, and gets its share all the same. */
const bootSec = 300;

/**
 * Makes a host and boots it; returns when its init runs (cloud-init goes on by itself). Called again with the same
 * id it does nothing, or starts the host when it is stopped; what a caller that died left half made is made anew.
 */
export function createHost(spec: HostSpec): Promise<void> {
  return inTurn(spec.id, async () => {
    const state = hostState(spec.id);
    if (state === "running") return;
    if (state === "absent") {
      await remove(spec.id);
      const dir = paths.host(spec.id);
      for (const part of ["upper", "work", "root"]) await mkdir(join(dir, part), { recursive: true });
      await writeDisk(join(dir, "upper"), spec);
      const { id, name, imageRoot, netns, vcpus, memoryMiB } = spec;
      const saved: SavedSpec = { id, name, imageRoot, netns, vcpus, memoryMiB };
      await writeFile(join(dir, "spec.json"), JSON.stringify(saved));
    }
    await boot(spec.id);
  });
}

/** Starts a stopped host on the disk and with the volumes that it had. Does nothing when it runs. */
export function startHost(id: string): Promise<void> {
  return inTurn(id, async () => {
    const state = hostState(id);
    if (state === "absent") throw new Error(`host ${id}: want it to be there, got none`);
    if (state === "running") return;
    // what a power cut left in the interface: filters, and sockets that would still send
    await renewNamespace(savedSpec(id).netns);
    await boot(id);
  });
}

/**
 * Shuts a host down as `poweroff` does; when it takes longer than `timeoutSec`, its power is cut.
 * @param options.timeoutSec @default 30
 */
export function stopHost(id: string, options: { timeoutSec?: number } = {}): Promise<void> {
  return inTurn(id, async () => {
    const container = containerProcess(id);
    if (container === undefined) return clean(id);
    const leader = leaderPid(id);
    if (leader !== undefined) signal(leader, powerOffSignal);
    if (!(await until(() => !isAlive(container), (options.timeoutSec ?? 30) * 1000))) await cut(id);
    await clean(id);
  });
}

/** Cuts a host's power: from this moment no packet leaves it, and nothing of it runs. Its disk keeps what was written. */
export function powerOff(id: string): Promise<void> {
  return inTurn(id, async () => {
    await cut(id);
    await clean(id);
  });
}

/** Ends a host and removes its disk; its volumes are detached, not deleted. Does nothing when there is none. */
export function destroyHost(id: string): Promise<void> {
  return inTurn(id, () => remove(id));
}

/** Whether a host runs, as found on disk and among the machine's processes, whoever started it. */
export function hostState(id: string): "running" | "stopped" | "absent" {
  if (!existsSync(join(paths.host(id), "spec.json"))) return "absent";
  return containerProcess(id) === undefined ? "stopped" : "running";
}

/** Ids of all hosts, running or not. */
export function listHosts(): string[] {
  const dir = join(paths.state(), "hosts");
  return existsSync(dir) ? readdirSync(dir).filter((id) => hostState(id) !== "absent") : [];
}

/** The command that runs `argv` in a running host as root, for a caller that wants to attach its own terminal. */
export function execArgv(id: string, argv: readonly string[]): string[] {
  const leader = leaderPid(id);
  if (leader === undefined) throw new Error(`host ${id}: want it running, got ${hostState(id)}`);
  const environment = [
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin",
    "HOME=/root",
    "LANG=C.UTF-8",
  ];
  const term = `TERM=${process.env.TERM ?? "dumb"}`;
  return [
    "nsenter",
    "-t",
    String(leader),
    "-m",
    "-u",
    "-i",
    "-n",
    "-p",
    "-C",
    "--",
    "env",
    "-i",
    ...environment,
    term,
    ...argv,
  ];
}

/** Runs a program in a running host as root, to its end. */
export function exec(id: string, argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return run(execArgv(id, argv), options);
}

async function boot(id: string): Promise<void> {
  const spec = savedSpec(id);
  const dir = paths.host(id);
  await clean(id);
  const layers = `lowerdir=${spec.imageRoot},upperdir=${join(dir, "upper")},workdir=${join(dir, "work")}`;
  await must(["mount", "-t", "overlay", `${paths.prefix()}-${id}`, "-o", layers, join(dir, "root")]);
  const groups = makeGroups(id, spec);
  const devices = await deviceFolder(id);
  setShare(id, "booting");
  await startContainer({ id, hostname: spec.name, netns: spec.netns, groups, devices });
  await showVolumes(id);
  void settle(id);
}

/** Gives a running host its full share of the CPUs as soon as cloud-init is through. */
export async function settle(id: string): Promise<void> {
  const container = containerProcess(id);
  const leader = leaderPid(id);
  if (container === undefined || leader === undefined) return;
  const booted = (): boolean => existsSync(`/proc/${leader}/root/run/cloud-init/result.json`);
  await until(() => booted() || !isAlive(container), bootSec * 1000, 250);
  if (isAlive(container)) setShare(id, "serving");
}

async function cut(id: string): Promise<void> {
  const container = containerProcess(id);
  if (container === undefined) return;
  // the kernel would say goodbye for every socket of a killed process; a host without power says nothing
  const silence = `flush ruleset
table inet power_cut {
  chain in {
    type filter hook input priority -400; policy drop;
  }
  chain out {
    type filter hook output priority -400; policy drop;
  }
}
`;
  await run(inside(savedSpec(id).netns, ["nft", "-f", "-"]), { input: silence });
  const leader = leaderPid(id);
  if (leader !== undefined) signal(leader, "SIGKILL");
  // whatever does not end by that ends with its groups
  if (leader === undefined || !(await until(() => !isAlive(container), 5000))) {
    signal(container.pid, "SIGKILL");
    for (const pid of processesOf(id)) signal(pid, "SIGKILL");
  }
}

/** Removes what a host has on the machine only while it runs. */
async function clean(id: string): Promise<void> {
  await removeGroups(id);
  const root = join(paths.host(id), "root");
  // systemd-nspawn's lock on the folder, left behind when it is killed
  if (existsSync(root)) {
    const { dev, ino } = statSync(root);
    await rm(`/run/systemd/nspawn/locks/inode-${dev}:${ino}`, { force: true });
  }
  for (const { target } of mountsOf()
    .filter((mount) => mount.target === root || mount.target.startsWith(`${root}/`))
    .reverse()) {
    await must(["umount", target]);
  }
  await rm(join("/run/systemd/nspawn/propagate", `${paths.prefix()}-${id}`), {
    recursive: true,
    force: true,
  });
}

async function remove(id: string): Promise<void> {
  if (existsSync(join(paths.host(id), "spec.json"))) await cut(id);
  await clean(id);
  await detachAll(id);
  await rm(paths.host(id), { recursive: true, force: true });
}

function savedSpec(id: string): SavedSpec {
  return JSON.parse(readFileSync(join(paths.host(id), "spec.json"), "utf8")) as SavedSpec;
}
