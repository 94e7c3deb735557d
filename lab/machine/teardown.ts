import { existsSync, readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { groupedHosts, removeLabGroups } from "./cgroups";
import { destroyHost, listHosts } from "./host";
import { isBuilding } from "./image";
import { listLoops } from "./loop";
import { mountsOf } from "./mounts";
import { liveNamespaces, namespaceFiles, namespaceKey, namespaceKeyOf } from "./network/namespaces";
import { teardownNetwork } from "./network/teardown";
import { paths } from "./paths";
import { parentOf, programOf, signal, until } from "./process";
import { must } from "./run";

/**
 * Removes everything of the lab from the machine but the image cache, however much of it a crash has left, and
 * returns one line per thing removed. Goes by what is there, not by what the lab remembers: groups, namespaces,
 * mounts, loop devices and folders under the project's names, and the processes in them. Itself and the processes
 * above it are spared.
 */
export async function teardown(): Promise<string[]> {
  const removed = await leftovers();
  await Promise.all([...new Set([...listHosts(), ...groupedHosts()])].map(destroyHost));
  removeLabGroups();
  await endProcesses();
  for (const target of ourMounts()) await must(["umount", target]);
  for (const { path, file } of await listLoops())
    if (file.startsWith(`${paths.state()}/`)) await must(["losetup", "--detach", path]);
  await teardownNetwork();
  for (const dir of ourFolders()) await rm(dir, { recursive: true, force: true });
  return removed;
}

/** What of the lab is on the machine right now, one line each; nothing when it is down. The image cache does not count. */
export async function leftovers(): Promise<string[]> {
  const loops = (await listLoops()).filter(({ file }) => file.startsWith(`${paths.state()}/`));
  return [
    ...groupedHosts().map((id) => `cgroup ${paths.prefix()}-lab/${id}`),
    ...processesInside().map((pid) => `process ${pid} (${programOf(pid)})`),
    ...ourMounts().map((target) => `mount ${target}`),
    ...loops.map(({ path, file }) => `loop device ${path} of ${file}`),
    ...namespaceFiles().map((name) => `namespace ${name}`),
    ...ourFolders().map((dir) => `folder ${dir}`),
  ];
}

/** Asks the processes inside our namespaces to end, and after two seconds no longer asks. */
async function endProcesses(): Promise<void> {
  for (const pid of processesInside()) signal(pid, "SIGTERM");
  if (await until(() => processesInside().length === 0, 2000, 20)) return;
  for (const pid of processesInside()) signal(pid, "SIGKILL");
  await until(() => processesInside().length === 0, 2000, 20);
}

/** Processes whose network namespace is one of ours: nobody else can be in there. */
function processesInside(): number[] {
  const ours = new Set(liveNamespaces().map(namespaceKey));
  if (ours.size === 0) return [];
  const spared = new Set(ancestry());
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry) && !spared.has(Number(entry)))
    .map(Number)
    .filter((pid) => ours.has(namespaceKeyOf(pid) ?? ""));
}

/** This process and those above it. */
function ancestry(): number[] {
  const chain = [process.pid];
  for (let pid = process.ppid; pid > 1 && !chain.includes(pid); pid = parentOf(pid)) chain.push(pid);
  return chain;
}

/** Mount points of ours, the innermost first. */
function ourMounts(): string[] {
  // a build that is under way keeps its own mount: only those of one that died are left over
  const builds = isBuilding() ? [] : [join(paths.cache(), "building-")];
  const dirs = [paths.state(), paths.run(), ...builds];
  return mountsOf()
    .filter(({ target }) => dirs.some((dir) => target.startsWith(dir.endsWith("-") ? dir : `${dir}/`)))
    .map(({ target }) => target)
    .reverse();
}

/** Folders of ours; systemd-nspawn leaves one per machine name when it is killed. */
function ourFolders(): string[] {
  const nspawn = "/run/systemd/nspawn/propagate";
  const machines = existsSync(nspawn)
    ? readdirSync(nspawn).filter((name) => name.startsWith(`${paths.prefix()}-`))
    : [];
  return [paths.state(), paths.run(), ...machines.map((name) => join(nspawn, name))].filter((dir) =>
    existsSync(dir),
  );
}
