import { spawn } from "node:child_process";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { EngineEvent } from "../engine";

/** A command of the lab, as it was measured. */
export interface Measured {
  /** Wall time from the start of the process to its end. */
  seconds: number;
  /** What it printed, line by line. */
  lines: string[];
}

/** Where the time of `up` went: its last JSON line. */
export interface SiteLine {
  type: "site";
  timings: { totalSec: number; steps: { title: string; fromSec: number; toSec: number }[] };
}

/** Runs `lab/cli.ts` with these arguments, as the Makefile does. Throws with its output's end when it fails. */
export function runLab(...args: string[]): Promise<Measured> {
  const root = resolve(__dirname, "..");
  const startMs = performance.now();
  const child = spawn(
    process.execPath,
    ["--require", "./engine/register.js", join(root, "lab/cli.ts"), ...args],
    {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const lines: string[] = [];
  const errors: string[] = [];
  createInterface(child.stdout).on("line", (line) => lines.push(line));
  createInterface(child.stderr).on("line", (line) => errors.push(line));
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("close", (code) => {
      const seconds = (performance.now() - startMs) / 1000;
      if (code === 0) done({ seconds, lines });
      else {
        const end = [...lines.slice(-5), ...errors.slice(-20)].join("\n");
        fail(new Error(`lab ${args.join(" ")}: want exit code 0, got ${code}:\n${end}`));
      }
    });
  });
}

/** The JSON events among the lines; other lines are skipped. */
export function eventsIn(lines: string[]): (EngineEvent | SiteLine)[] {
  return lines
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as EngineEvent | SiteLine);
}

/** The slowest steps of a deployment: what a shorter `up` would have to shorten. Pure. */
export function slowestSteps(
  events: (EngineEvent | SiteLine)[],
  count: number,
): { name: string; seconds: number }[] {
  return events
    .flatMap((event) =>
      event.type === "step" && event.phase === "end" && event.op !== "same"
        ? [
            {
              name: `${event.op} ${event.urn.split("::").slice(-2).join(" ").split("$").at(-1)}`,
              seconds: event.seconds,
            },
          ]
        : [],
    )
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, count);
}
