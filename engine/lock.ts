import { linkSync, mkdirSync, readFileSync, readlinkSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";

/** Who works on a stack, as the lock file keeps it. */
interface Owner {
  pid: number;
  host: string;
  since: string;
  command: string;
  /** When the process started, in the kernel's clock: a later process with the same number is another. */
  started: string;
  /** Plugins and the program: a successor of a killed owner waits until they are gone. */
  children: { pid: number; started: string }[];
}

/** Held while a command may change a stack. */
export interface Lock {
  /** Names a process that acts for this owner. */
  addChild(pid: number): void;
  release(): void;
}

/** How long a successor waits for the children of a killed owner before it ends them. Their pipe to it is closed, so they exit by themselves. */
const CHILD_GRACE_MS = 2_000;

/**
 * Takes the lock of a state file. The lock of a process that no longer runs on this machine is taken over.
 * @throws Error that names the owner when it is held
 */
export async function takeLock(file: string, command: string): Promise<Lock> {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const owner: Owner = {
    pid: process.pid,
    host: hostname(),
    since: new Date().toISOString(),
    command,
    started: startTime(process.pid) ?? "",
    children: [],
  };
  for (let attempt = 0; ; attempt++) {
    try {
      claim(file, owner);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const other = read(file);
      if (other && attempt < 50 && !isRunning(other)) await succeed(file, other);
      else if (!other && attempt < 50) await sleep(20);
      else throw new Error(refusal(file, other), { cause: error });
    }
  }
  return {
    addChild(pid) {
      owner.children.push({ pid, started: startTime(pid) ?? "" });
      renameSync(written(file, owner), file);
    },
    release() {
      if (read(file)?.pid === process.pid) rmSync(file, { force: true });
    },
  };
}

function refusal(file: string, other: Owner | undefined): string {
  if (!other) return `lock ${file}: want the owner's name in it, got none; remove it if nothing runs`;
  const since = other.since.replace("T", " ").slice(0, 19);
  return (
    `lock ${file}: "${other.command}" (pid ${other.pid} on ${other.host}) works on this stack since ` +
    `${since} UTC; wait for it, or end it`
  );
}

async function succeed(file: string, other: Owner): Promise<void> {
  const until = Date.now() + CHILD_GRACE_MS;
  for (const child of other.children) {
    const alive = () => child.started !== "" && startTime(child.pid) === child.started;
    while (alive() && Date.now() < until) await sleep(20);
    if (alive()) process.kill(child.pid, "SIGKILL");
  }
  // Of several successors one wins: the removal is harmless, claiming decides.
  if (read(file)?.pid === other.pid) rmSync(file, { force: true });
}

function isRunning(owner: Owner): boolean {
  if (owner.host !== hostname()) return true;
  const now = startTime(owner.pid);
  return now !== undefined && (owner.started === "" || now === owner.started);
}

/** Field 22 of /proc/<pid>/stat; undefined when there is no such process, or only its zombie. */
function startTime(pid: number): string | undefined {
  try {
    readlinkSync(`/proc/${pid}/cwd`);
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch (error) {
    // Another user's process cannot be looked into, but it is there.
    return (error as NodeJS.ErrnoException).code === "EACCES" ? "" : undefined;
  }
}

function read(file: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Owner;
  } catch {
    return undefined;
  }
}

/** Makes the file with its content in one step, or fails with EEXIST. */
function claim(file: string, owner: Owner): void {
  const aside = written(file, owner);
  try {
    linkSync(aside, file);
  } finally {
    rmSync(aside, { force: true });
  }
}

/** Writes the content beside the file, whole. @returns where */
function written(file: string, owner: Owner): string {
  const aside = `${file}.${process.pid}.claim`;
  writeFileSync(aside, JSON.stringify(owner) + "\n", { mode: 0o600 });
  return aside;
}

function sleep(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
