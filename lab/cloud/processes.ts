/** Detached processes of the lab: started once, found again, ended by pid and start time. */
import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { files } from "./files";
import { putSessionFirst } from "../machine/priority";
import { identify, isAlive, signal, until, type ProcessIdentity } from "../machine/process";

function recorded(name: string): ProcessIdentity | undefined {
  try {
    const found = JSON.parse(readFileSync(files.process(name), "utf8")) as ProcessIdentity;
    return isAlive(found) ? found : undefined;
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
    writeFileSync(files.process(name), JSON.stringify(identify(child.pid) ?? {}));
  } finally {
    closeSync(log);
  }
}

/** The end of a process's log, for error messages. */
export function logTail(name: string, lines = 15): string {
  if (!existsSync(files.log(name))) return "(no log)";
  return readFileSync(files.log(name), "utf8").trimEnd().split("\n").slice(-lines).join("\n");
}

/** Ends a process of ours: asks, and after `patienceMs` insists. Harmless when it does not run. */
export async function end(name: string, patienceMs = 2000): Promise<void> {
  const found = recorded(name);
  if (found !== undefined) {
    const ended = (): boolean => !isAlive(found);
    signal(found.pid, "SIGTERM");
    if (!(await until(ended, patienceMs))) {
      signal(found.pid, "SIGKILL");
      await until(ended, patienceMs);
    }
  }
  rmSync(files.process(name), { force: true });
}
