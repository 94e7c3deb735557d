import { existsSync, writeFileSync } from "node:fs";
import { setPriority } from "node:os";

/** How far before the hosts, in steps of nice: each gives a quarter more. */
const nice = -10;

/**
 * Puts a process before the hosts when the CPUs are short: the lab's daemon and whoever deploys to it are few and
 * quick, and hosts that boot take whatever there is.
 */
export function putFirst(pid: number): void {
  setPriority(pid, nice);
}

/**
 * The same for a process that leads a session of its own. Where the kernel makes a scheduling group of each session
 * (sched(7), "The autogroup feature"), the nice value counts only inside it, and the session has one of its own.
 */
export function putSessionFirst(pid: number): void {
  putFirst(pid);
  const group = `/proc/${pid}/autogroup`;
  if (existsSync(group)) writeFileSync(group, String(nice));
}
