import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import type { Lock } from "./lock";

/** How long a process may take to exit by itself. */
const STOP_MS = 500;

/** The processes that the engine starts: the program, and one per plugin folder. */
export class Children {
  private readonly running = new Set<ChildProcess>();
  private stopped = false;

  constructor(private readonly lock?: Lock) {}

  /**
   * Starts a Node process that can load TypeScript and that ends when the engine does.
   * @param script file or folder to run
   */
  start(script: string, args: string[], cwd: string, env: NodeJS.ProcessEnv = {}): ChildProcess {
    if (this.stopped) throw new Error("not started, because the run is over");
    const child = spawn(process.execPath, ["--require", join(__dirname, "preload.js"), script, ...args], {
      cwd,
      env: { ...process.env, NODE_OPTIONS: withoutLoaders(process.env.NODE_OPTIONS), ...env },
      stdio: ["pipe", "pipe", "pipe"],
      // Its own process group: Ctrl-C on the terminal reaches the engine alone, which lets running steps finish.
      detached: true,
    });
    child.stdin?.on("error", () => undefined);
    this.running.add(child);
    child.once("exit", () => this.running.delete(child));
    if (child.pid !== undefined) this.lock?.addChild(child.pid);
    return child;
  }

  /** Ends all that still run; nothing starts after it. They exit when their stdin closes, so that they can keep what they compiled. */
  async stop(): Promise<void> {
    this.stopped = true;
    const gone = [...this.running].map(
      (child) => new Promise<void>((done) => child.once("exit", () => done())),
    );
    for (const child of this.running) child.stdin?.end();
    const timer = setTimeout(() => this.running.forEach((child) => child.kill("SIGKILL")), STOP_MS);
    await Promise.all(gone);
    clearTimeout(timer);
  }
}

/** Loaders given to the engine's own process would be loaded a second time. */
function withoutLoaders(options: string | undefined): string {
  return (options ?? "").replace(/--(import|require|loader)[= ]\S+/g, "").trim();
}
