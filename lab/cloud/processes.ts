/** Detached processes of the lab: started once, found again, ended by pid and start time. */
import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { files } from "./files";
import { putSessionFirst } from "../machine/priority";

interface Recorded {
  pid: number;
  /** Start time in clock ticks since boot: tells a process from a later one with its pid. */
  start: string;
}

/** Field 22 of /proc/PID/stat, or undefined when there is no such process or it is a zombie. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function recorded(name: string): Recorded | undefined {
  try {
    const found = JSON.parse(readFileSync(files.process(name), "utf8")) as Recorded;
    return startOf(found.pid) === found.start ? found : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the process of this name runs. */
export const runs = (name: string): boolean => recorded(name) !== undefined;

/**
 * Starts a program that outlives its starter, its output in a log file. Does nothing when it runs already.
 * @param descriptors file descriptors that the program gets as 3, 4 and so on.
 */
export function startDetached(
  name: string,
  argv: readonly string[],
  options: { env?: NodeJS.ProcessEnv; descriptors?: readonly number[] } = {},
): void {
  if (runs(name)) return;
  for (const file of [files.log(name), files.process(name)])
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const log = openSync(files.log(name), "a", 0o600);
  try {
    const child = spawn(argv[0], argv.slice(1), {
      detached: true,
      stdio: ["ignore", log, log, ...(options.descriptors ?? [])],
      env: { ...process.env, ...options.env },
      cwd: "/",
    });
    child.on("error", () => undefined); // it shows as a process that does not run
    child.unref();
    if (child.pid === undefined)
      throw new Error(`${name}: want it to start, got no process from ${argv.slice(0, 3).join(" ")}`);
    putSessionFirst(child.pid);
    writeFileSync(files.process(name), JSON.stringify({ pid: child.pid, start: startOf(child.pid) ?? "" }));
  } finally {
    closeSync(log);
  }
}

/** The end of a process's log, for error messages. */
export function logTail(name: string, lines = 15): string {
  if (!existsSync(files.log(name))) return "(no log)";
  return readFileSync(files.log(name), "utf8").trimEnd().split("\n").slice(-lines).join("\n");
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Ends a process of ours: asks, and after `patienceMs` insists. Harmless when it does not run. */
export async function end(name: string, patienceMs = 2000): Promise<void> {
  const found = recorded(name);
  const signal = (kind: NodeJS.Signals): void => {
    if (found === undefined || startOf(found.pid) !== found.start) return;
    try {
      process.kill(found.pid, kind);
    } catch {
      // it ended in between
    }
  };
  signal("SIGTERM");
  const deadline = Date.now() + patienceMs;
  while (found !== undefined && startOf(found.pid) === found.start) {
    if (Date.now() > deadline) signal("SIGKILL");
    await pause(20);
  }
  rmSync(files.process(name), { force: true });
}
