import { spawn } from "node:child_process";

/** What a program that ended has said. */
export interface RunResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** How a program is started. */
export interface RunOptions {
  /** Text or bytes for its standard input. @default nothing (end of file) */
  input?: string | Buffer;
  /** Milliseconds until it gets SIGKILL; the result is then code 124. @default no limit */
  timeoutMs?: number;
  /** Called with each line of standard output and standard error. */
  onLine?: (line: string) => void;
  /** Environment. @default the caller's */
  env?: NodeJS.ProcessEnv;
}

/** Runs a program (no shell) to its end. Throws only when it cannot be started. */
export function run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(argv[0], argv.slice(1), { stdio: ["pipe", "pipe", "pipe"], env: options.env });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let timedOut = false;
    const timer =
      options.timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true;
            child.kill("SIGKILL");
          }, options.timeoutMs);
    const collect = (into: Buffer[]) => {
      let rest = "";
      return (chunk: Buffer) => {
        into.push(chunk);
        if (options.onLine === undefined) return;
        const lines = (rest + chunk.toString()).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) options.onLine(line);
      };
    };
    child.stdout.on("data", collect(out));
    child.stderr.on("data", collect(err));
    // a program that ends before it has read all of its input is judged by its exit code
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input ?? "");
    child.on("error", (e) => {
      clearTimeout(timer);
      reject(new Error(`${argv[0]}: cannot be started: ${e.message}`));
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      const stdout = Buffer.concat(out).toString();
      const stderr = Buffer.concat(err).toString();
      resolve({ code: timedOut ? 124 : (code ?? (signal === null ? 1 : 128)), stdout, stderr });
    });
  });
}

/** Like `run`, but any exit code except 0 is an error that carries the end of what the program said. */
export async function must(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await run(argv, options);
  if (code !== 0) {
    const said = (stderr.trim() || stdout.trim()).split("\n").slice(-15).join("\n");
    throw new Error(`${argv.slice(0, 6).join(" ")}: want exit code 0, got ${code}: ${said}`);
  }
  return stdout;
}
