import { readFileSync } from "node:fs";
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
