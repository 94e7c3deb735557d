import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { paths } from "./paths";
import {
  childrenOf,
  identify,
  isAlive,
  namespaceOf,
  programOf,
  until,
  type ProcessIdentity,
} from "./process";

/** How a host's container is started. */
export interface Container {
  id: string;
  hostname: string;
  netns: string;
  /** Folders of its control groups. */
  groups: string[];
  /** Folder with the nodes of its volumes, seen in the host as /dev/disk/by-id. */
  devices: string;
}

const bootTimeoutMs = 30_000;

/** What a container has printed on its console, oldest boot first. */
export function consolePath(id: string): string {
  return join(paths.host(id), "console.log");
}

/**
 * Starts systemd-nspawn as a process of nobody (it outlives the caller), in the host's own groups, and waits until
 * the host's init runs. Throws with the console's end when that does not happen.
 */
export async function startContainer(container: Container): Promise<void> {
  const dir = paths.host(container.id);
  const nspawn = [
    "systemd-nspawn",
    "--quiet",
    // no machined and no scope: PID 1 of this machine need not be systemd
    "--register=no",
    "--keep-unit",
    `--directory=${join(dir, "root")}`,
    `--machine=${paths.prefix()}-${container.id}`,
    `--hostname=${container.hostname}`,
    `--network-namespace-path=/run/netns/${container.netns}`,
    `--bind=${container.devices}:/dev/disk/by-id`,
    "--boot",
    "--console=pipe",
    "--resolv-conf=off",
    "--timezone=off",
    "--link-journal=no",
  ];
  // the shell moves itself into each group first, so that no child is ever outside, and gives up its starter's
  // priority; nspawn ends with 133 when the host asks for a reboot
  const script = `renice -n 0 -p $$ >/dev/null
for group in $GROUPS_OF_HOST; do echo 0 > "$group/cgroup.procs" || exit 1; done
while "$@"; [ $? -eq 133 ]; do :; done`;
  const log = openSync(consolePath(container.id), "a");
  const child = spawn("sh", ["-c", script, "sh", ...nspawn], {
    cwd: "/",
    detached: true,
    stdio: ["ignore", log, log],
    env: {
      PATH: process.env.PATH,
      GROUPS_OF_HOST: container.groups.join(" "),
      // hosts see version 2 groups whatever the machine has
      SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: "1",
    },
  });
  closeSync(log);
  let failure: Error | undefined;
  child.on("error", (e) => (failure = e));
  child.unref();
  const identity = child.pid === undefined ? undefined : identify(child.pid);
  if (identity !== undefined) writeFileSync(join(dir, "process.json"), JSON.stringify(identity));
  const running = (): boolean => leaderPid(container.id) !== undefined;
  const ended = (): boolean => identity === undefined || !isAlive(identity);
  await until(() => running() || ended(), bootTimeoutMs, 5);
  if (!running()) {
    const tail = readFileSync(consolePath(container.id), "utf8").trim().split("\n").slice(-15).join("\n");
    throw new Error(
      `host ${container.id}: want its init to run, got ${failure?.message ?? `this console:\n${tail}`}`,
    );
  }
}

/** The process that keeps a host's container running, while it does. */
export function containerProcess(id: string): ProcessIdentity | undefined {
  const file = join(paths.host(id), "process.json");
  if (!existsSync(file)) return undefined;
  try {
    const identity = JSON.parse(readFileSync(file, "utf8")) as ProcessIdentity;
    return isAlive(identity) ? identity : undefined;
  } catch {
    return undefined; // half written by a process that died: then there is no container either
  }
}

/** The host's init, as a process of this machine; undefined while there is none. */
export function leaderPid(id: string): number | undefined {
  const keeper = containerProcess(id);
  if (keeper === undefined) return undefined;
  const outside = namespaceOf(keeper.pid, "pid");
  return childrenOf(keeper.pid)
    .flatMap(childrenOf)
    .find((pid) => {
      const within = namespaceOf(pid, "pid");
      return within !== undefined && within !== outside && programOf(pid) === "systemd";
    });
}
