/**
 * Runs the project's checks and closes with the plain line `N passed, N failed`.
 *
 *   node --require ./engine/register.js tests/run.ts all|unit|lab
 *
 * A check that is a whole program (types, lint, format) counts as one. A skipped test counts as failed: what
 * could not be tried has not passed. Exits 0 only when nothing failed and something ran.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import prepareLab from "./support/prepare-lab";

interface Count {
  passed: number;
  failed: number;
}

interface JestSummary {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  numRuntimeErrorTestSuites: number;
  testResults: { assertionResults: { status: string; fullName: string }[] }[];
}

const root = resolve(__dirname, "..");

function run(command: string, args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.on("error", fail);
    child.on("close", (code) => done({ code: code ?? 1, output }));
  });
}

/** A whole program that says yes or no: one check. Its output is shown when it says no. */
async function check(title: string, command: string, args: string[]): Promise<Count> {
  const startMs = Date.now();
  const { code, output } = await run(command, args);
  const seconds = ((Date.now() - startMs) / 1000).toFixed(1);
  console.log(`${code === 0 ? "ok    " : "FAILED"} ${title} (${seconds} s)`);
  if (code !== 0) console.log(output.trimEnd());
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** A jest project. Jest reports to the terminal as it goes; the counts come from its own JSON. */
async function jest(project: string, args: string[] = []): Promise<Count> {
  const folder = mkdtempSync(join(tmpdir(), "foobar-jest-"));
  const outputFile = join(folder, "result.json");
  try {
    const code = await new Promise<number>((done, fail) => {
      const child = spawn(
        process.execPath,
        [
          join(root, "node_modules/jest/bin/jest.js"),
          `--selectProjects=${project}`,
          "--json",
          `--outputFile=${outputFile}`,
          ...args,
        ],
        { cwd: root, stdio: ["ignore", "ignore", "inherit"] },
      );
      child.on("error", fail);
      child.on("close", (status) => done(status ?? 1));
    });
    let summary: JestSummary;
    try {
      summary = JSON.parse(readFileSync(outputFile, "utf8")) as JestSummary;
    } catch {
      console.log(`FAILED ${project} tests: jest ended with ${code} and wrote no result`);
      return { passed: 0, failed: 1 };
    }
    const skipped = summary.testResults
      .flatMap((file) => file.assertionResults)
      .filter((test) => test.status !== "passed" && test.status !== "failed");
    for (const test of skipped) console.log(`FAILED (${test.status}, so not tried) ${test.fullName}`);
    const failed =
      summary.numFailedTests +
      summary.numPendingTests +
      summary.numTodoTests +
      summary.numRuntimeErrorTestSuites;
    // jest can also fail without a failed test: a file it could not load, a teardown that threw, no test found
    return { passed: summary.numPassedTests, failed: failed === 0 && code !== 0 ? 1 : failed };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Each step's checks run side by side, the steps one after the other. */
const steps: Record<string, (() => Promise<Count>)[]> = {
  static: [
    () => check("types", "npx", ["tsc", "--noEmit"]),
    () => check("lint", "npx", ["eslint", "."]),
    () => check("format", "npx", ["prettier", "--check", "--log-level=warn", "."]),
  ],
  // by itself jest leaves one of two processors unused
  unit: [() => jest("unit", ["--maxWorkers=100%"])],
  // labs of their own wait for health checks most of the time, and boot no host
  lab: [() => jest("lab", ["--runInBand"]), () => jest("lab-own", ["--runInBand"])],
  long: [() => jest("lab-long", ["--runInBand"])],
};

async function main(): Promise<void> {
  const which = process.argv[2];
  const chosen = {
    all: ["static", "unit", "lab"],
    unit: ["static", "unit"],
    lab: ["lab", "long"],
  }[which];
  if (!chosen) throw new Error(`tests/run.ts: want all, unit or lab, got ${String(which)}`);
  const total: Count = { passed: 0, failed: 0 };
  // The hosts' image takes more than a minute where there is none yet. Whatever is wrong with it, the lab's tests say.
  if (chosen.includes("lab")) prepareLab().catch(() => undefined);
  for (const name of chosen)
    for (const { passed, failed } of await Promise.all(steps[name].map((step) => step()))) {
      total.passed += passed;
      total.failed += failed;
    }
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
}

main().catch((error: unknown) => {
  console.error(error);
  console.log("\n0 passed, 1 failed");
  process.exitCode = 1;
});
