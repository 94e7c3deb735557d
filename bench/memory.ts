import { readdirSync, readFileSync } from "node:fs";
import { processesOf } from "../lab/machine/cgroups";

/**
 * Memory of one host in MiB: the proportional set size of all its processes, so that pages which several
 * processes share (libraries, forks) count once. The page cache does not count: the kernel gives it back.
 */
export function hostMemoryMiB(id: string): number {
  const kib = processesOf(id).reduce((sum, pid) => sum + pssKiB(pid), 0);
  return kib / 1024;
}

function pssKiB(pid: number): number {
  try {
    return parsePssKiB(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"));
  } catch {
    return 0; // it ended meanwhile, or it is a kernel thread
  }
}

/** Reads `Pss:` of a process's smaps_rollup; swapped pages are memory of the host too. Pure. */
export function parsePssKiB(rollup: string): number {
  const value = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(rollup)?.[1] ?? 0);
  return value("Pss") + value("SwapPss");
}

/** How often memory is looked at, in milliseconds. Looking costs a processor some of them, for each process. */
const LOOK_MS = 250;

/** The most that a process and everything that it started took together. */
export class PeakMemory {
  private peakKiB = 0;
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly pid: number) {
    this.timer = setInterval(() => this.look(), LOOK_MS);
  }

  /** MiB. */
  stop(): number {
    clearInterval(this.timer);
    return this.peakKiB / 1024;
  }

  private look(): void {
    const sum = family(this.pid).reduce((total, pid) => total + pssKiB(pid), 0);
    this.peakKiB = Math.max(this.peakKiB, sum);
  }
}

function family(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const parent = parentOf(name);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found = [root];
  for (const pid of found) found.push(...(children.get(pid) ?? []));
  return found;
}

function parentOf(pid: string): number {
  try {
    // After the command's name, which is in parentheses and may hold anything: state, then parent (proc(5)).
    return Number(readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)!.split(" ")[1]);
  } catch {
    return 0; // it ended meanwhile
  }
}
