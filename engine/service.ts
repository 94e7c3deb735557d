import type { ChildProcess } from "node:child_process";
import { stripVTControlCharacters } from "node:util";

/** How long a process may take to print its port. */
const START_TIMEOUT_MS = 60_000;
/** How much of what a process said before it went wrong is told. */
const TAIL_LINES = 30;

/** A process that serves gRPC on a port of this machine. */
export interface Service {
  port: number;
  /** Resolves with the exit code or the signal, as text. */
  exited: Promise<string>;
  /** The last lines on stderr. */
  tail(): string[];
}

export interface ServiceOptions {
  /** What it is, for errors. */
  name: string;
  /** Whether the port has to be the first line on stdout, as the CLI wants it of policy packs. @default false */
  portFirst?: boolean;
  /** Gets whatever else it prints. */
  onOutput: (line: string) => void;
}

/**
 * Waits until a process has printed the port that it serves on.
 * @throws Error with its last lines on stderr when it ends, prints something else, or takes longer than a minute
 */
export function awaitService(child: ChildProcess, options: ServiceOptions): Promise<Service> {
  const { name, portFirst = false, onOutput } = options;
  const tail: string[] = [];
  const exited = new Promise<string>((done) =>
    child.once("close", (code, signal) => done(`exit ${signal ?? code}`)),
  );
  return new Promise((resolve, reject) => {
    let port = 0;
    const fail = (reason: string) => {
      clearTimeout(timer);
      const told = tail.length > 0 ? `\n${tail.join("\n")}` : "";
      reject(new Error(`${name}: want its port on stdout, got ${reason}${told}`));
    };
    const timer = setTimeout(() => fail(`nothing in ${START_TIMEOUT_MS / 1000} s`), START_TIMEOUT_MS);
    forEachLine(child.stdout, (line) => {
      if (port === 0 && /^\d+$/.test(line.trim())) {
        port = Number(line);
        clearTimeout(timer);
        return resolve({ port, exited, tail: () => [...tail] });
      }
      if (port === 0 && portFirst) return fail(`"${line}" before it; print that to stderr (console.error)`);
      onOutput(line);
    });
    forEachLine(child.stderr, (line) => {
      if (tail.push(stripVTControlCharacters(line)) > TAIL_LINES) tail.shift();
      if (port > 0) onOutput(line);
    });
    child.once("error", (error) => fail(error.message));
    void exited.then(fail);
  });
}

/** Calls back for each whole line of a stream. */
export function forEachLine(stream: NodeJS.ReadableStream | null, handle: (line: string) => void): void {
  let rest = "";
  stream?.setEncoding("utf8");
  stream?.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() as string;
    lines.forEach(handle);
  });
  stream?.on("end", () => rest !== "" && handle(rest));
}
