import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { paths } from "./paths";
import { signal, until } from "./process";

/** One mounted tree of control groups. */
export interface Hierarchy {
  mount: string;
  version: 1 | 2;
  /** Controllers of a version 1 tree (`memory`, `name=systemd`, …); none for version 2. */
  controllers: string[];
}

/** What a host may use. */
export interface Limits {
  vcpus: number;
  memoryMiB: number;
}

// A host gets a group in each of these. Others (cpuset, devices, …) need settings before they take a process,
// and limit nothing that an EC2 instance type does.
const wanted = ["memory", "cpu", "cpuacct", "pids", "freezer", "blkio", "name=systemd"];

/** Reads /proc/self/mountinfo: version 1 alone, hybrid, or version 2 alone. Pure. */
export function parseHierarchies(mountinfo: string): Hierarchy[] {
  const found: Hierarchy[] = [];
  for (const line of mountinfo.split("\n")) {
    const [left, right] = line.split(" - ");
    if (right === undefined) continue;
    const mount = left.split(" ")[4];
    const [type, , options] = right.split(" ");
    if (type === "cgroup2") found.push({ mount, version: 2, controllers: [] });
    if (type !== "cgroup") continue;
    const controllers = options.split(",").filter((option) => wanted.includes(option));
    if (controllers.length > 0) found.push({ mount, version: 1, controllers });
  }
  return found;
}

/**
 * How much more than one process beside them all hosts together may claim when the CPUs are short: they stand for
 * machines of their own, and without this the lab would get no more than the program that deploys to it.
 */
const labShare = 4;

/**
 * A host's share among the hosts when the CPUs are short. One that boots leaves them to those that serve, which would
 * not notice it on machines of their own: booting five hosts beside a site under load kept answers waiting for 7 s.
 */
const shares = { serving: 1, booting: 1 / 16 };

function hierarchies(): Hierarchy[] {
  return parseHierarchies(readFileSync("/proc/self/mountinfo", "utf8"));
}

/** Folder, in each tree, under which all hosts' groups are. */
function labGroup(hierarchy: Hierarchy): string {
  return join(hierarchy.mount, `${paths.prefix()}-lab`);
}

/** Makes a host's groups with its limits and returns their folders. Does nothing to groups that are there. */
export function makeGroups(id: string, limits: Limits): string[] {
  const bytes = String(limits.memoryMiB * 1024 * 1024);
  const [quota, period] = [String(limits.vcpus * 100_000), "100000"];
  return hierarchies().map((hierarchy) => {
    const lab = labGroup(hierarchy);
    const group = join(lab, id);
    const set = (file: string, value: string): void => writeFileSync(join(group, file), value);
    mkdirSync(lab, { recursive: true });
    if (hierarchy.version === 2) {
      // in a hybrid setup the controllers are in version 1 trees and this list is empty
      const controllers = ["memory", "cpu", "pids"].filter((name) =>
        controllersOf(hierarchy.mount).includes(name),
      );
      const enable = controllers.map((name) => `+${name}`).join(" ");
      if (enable !== "")
        for (const dir of [hierarchy.mount, lab]) writeFileSync(join(dir, "cgroup.subtree_control"), enable);
      mkdirSync(group, { recursive: true });
      if (controllers.includes("cpu")) writeFileSync(join(lab, "cpu.weight"), String(labShare * 100));
      if (controllers.includes("memory")) set("memory.max", bytes);
      if (controllers.includes("cpu")) set("cpu.max", `${quota} ${period}`);
      return group;
    }
    mkdirSync(group, { recursive: true });
    if (hierarchy.controllers.includes("memory")) set("memory.limit_in_bytes", bytes);
    if (hierarchy.controllers.includes("cpu")) {
      writeFileSync(join(lab, "cpu.shares"), String(labShare * 1024));
      set("cpu.cfs_period_us", period);
      set("cpu.cfs_quota_us", quota);
    }
    return group;
  });
}

/** Sets a host's share among the hosts. Does nothing when it has no groups. */
export function setShare(id: string, what: keyof typeof shares): void {
  for (const hierarchy of hierarchies()) {
    const group = join(labGroup(hierarchy), id);
    const set = (file: string, full: number): void => {
      const path = join(group, file);
      if (existsSync(path)) writeFileSync(path, String(Math.round(full * shares[what])));
    };
    if (hierarchy.version === 2) set("cpu.weight", 100);
    if (hierarchy.controllers.includes("cpu")) set("cpu.shares", 1024);
  }
}

function controllersOf(dir: string): string[] {
  return readFileSync(join(dir, "cgroup.controllers"), "utf8").trim().split(" ");
}

/** Every process in a host's groups. */
export function processesOf(id: string): number[] {
  const found = new Set<number>();
  for (const hierarchy of hierarchies()) {
    for (const dir of tree(join(labGroup(hierarchy), id))) {
      for (const pid of readFileSync(join(dir, "cgroup.procs"), "utf8").split("\n").filter(Boolean))
        found.add(Number(pid));
    }
  }
  return [...found];
}

/** Ids that still have a group somewhere. */
export function groupedHosts(): string[] {
  const ids = hierarchies().flatMap((hierarchy) => directories(labGroup(hierarchy)));
  return [...new Set(ids)];
}

/** Stops every process of a host where it is, or lets them all go on. They notice nothing but the time. */
export function freezeGroups(id: string, frozen: boolean): void {
  for (const hierarchy of hierarchies()) {
    const group = join(labGroup(hierarchy), id);
    if (!existsSync(group)) continue;
    if (hierarchy.version === 2 && existsSync(join(group, "cgroup.freeze")))
      writeFileSync(join(group, "cgroup.freeze"), frozen ? "1" : "0");
    if (hierarchy.controllers.includes("freezer"))
      writeFileSync(join(group, "freezer.state"), frozen ? "FROZEN" : "THAWED");
  }
}

/** Ends whatever is left in a host's groups and removes them: a limit left behind would bind the next host. */
export async function removeGroups(id: string): Promise<void> {
  for (const pid of processesOf(id)) signal(pid, "SIGKILL");
  const gone = await until(
    () => hierarchies().every((hierarchy) => removeTree(join(labGroup(hierarchy), id))),
    5000,
  );
  if (!gone)
    throw new Error(
      `cgroup ${paths.prefix()}-lab/${id}: want it empty, got processes ${processesOf(id).join(" ")}`,
    );
}

/** Removes the folders above all hosts' groups, when no host is left. */
export function removeLabGroups(): void {
  for (const hierarchy of hierarchies()) removeTree(labGroup(hierarchy));
}

function removeTree(dir: string): boolean {
  try {
    for (const group of tree(dir).reverse()) rmdirSync(group);
    return true;
  } catch {
    return !existsSync(dir);
  }
}

function tree(dir: string): string[] {
  return existsSync(dir) ? [dir, ...directories(dir).flatMap((name) => tree(join(dir, name)))] : [];
}

function directories(dir: string): string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
}
