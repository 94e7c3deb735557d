import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stacksOf } from "../../lab/commands/policy";
import { projectDir as labDir, repositoryDir } from "../../lab/commands/site";
import type { Finding } from "../../policies/report/model";

/** Runs the command as make does; gives its exit code and what it printed. */
function policy(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const command = ["--require", "./engine/register.js", "lab/cli.ts", "policy", ...args];
  return new Promise((done) => {
    execFile(process.execPath, command, { cwd: repositoryDir }, (error, stdout, stderr) =>
      done({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

test("the stacks are those that have a file, of the project and of the lab", () => {
  expect(stacksOf()).toEqual(
    expect.arrayContaining([
      { stack: "dev", projectDir: repositoryDir },
      { stack: "baseline", projectDir: labDir },
    ]),
  );
  expect(stacksOf("baseline")).toEqual([{ stack: "baseline", projectDir: labDir }]);
});

test("a stack without a file is refused", () => {
  expect(() => stacksOf("typo")).toThrow(
    "stack: want one with a file lab/Pulumi.typo.yaml or Pulumi.typo.yaml",
  );
});

test("an unknown format is refused before anything is previewed", async () => {
  const { code, stderr } = await policy("--format", "xml");
  expect(stderr).toBe("error: format: want table, sarif, junit, json, markdown, got xml; choose one\n");
  expect(code).toBe(1);
}, 60_000);

test("every stack is previewed with the pack, findings are at lines that make resources, and the exit code says it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "foobar-policy-"));
  try {
    const output = join(folder, "policy.json");
    const { code, stdout } = await policy("--format", "json", "--output", output);
    const report = JSON.parse(readFileSync(output, "utf8")) as {
      passed: boolean;
      stacks: { stack: string; error: string | null; findings: Finding[] }[];
    };
    expect(report.stacks.map(({ stack, error }) => [stack, error])).toEqual(
      stacksOf().map(({ stack }) => [stack, null]),
    );
    expect(code).toBe(report.passed ? 0 : 1);
    for (const { stack } of report.stacks)
      expect(stdout).toMatch(new RegExp(`^${stack}: (passed|failed): `, "m"));
    const places = report.stacks.flatMap(({ findings }) =>
      findings.flatMap(({ place, components }) => [place, ...components]),
    );
    for (const { file, line } of places) {
      const text = readFileSync(join(repositoryDir, file), "utf8").split("\n")[line - 1];
      expect(text).toMatch(file.endsWith(".ts") ? /\bnew \w/ : /^config:|policyExceptions/);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 180_000);
