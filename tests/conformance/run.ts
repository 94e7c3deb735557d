/**
 * `make conformance`: the same programs through the Pulumi CLI and through the project's engine, compared.
 * Exit codes: 0 all the same, 1 something differs, 2 wrong options, 3 no CLI, so nothing was compared.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { leftovers } from "../../lab/machine/teardown";
import { missingPrograms } from "./cli";
import { compareLab } from "./lab";
import { runProgram } from "./program-run";
import { programs } from "./programs";
import { Report } from "./report";
import { buildProvider } from "./world";

const EXIT_NOTHING_COMPARED = 3;

interface Flags {
  only?: string;
  lab?: boolean;
}

async function main({ only, lab }: Flags): Promise<number> {
  const missing = missingPrograms();
  if (missing.length > 0) {
    console.log(
      `nothing was compared: want pulumi and its language host on PATH, got no ${missing.join(" and no ")}; ` +
        "install the Pulumi CLI (https://www.pulumi.com/docs/install/) and try again",
    );
    return EXIT_NOTHING_COMPARED;
  }
  if (lab && process.getuid?.() !== 0) {
    console.error("--lab: want root, which runs the lab's hosts, got another user; run it with sudo");
    return 2;
  }
  const running = lab ? await leftovers() : [];
  if (running.length > 0) {
    console.error(`--lab: want the lab down, got ${running[0]}; run make down`);
    return 2;
  }
  const report = new Report(console.log);
  const scratch = mkdtempSync(join(tmpdir(), "conformance-provider-"));
  try {
    const provider = await buildProvider(scratch);
    for (const program of programs.filter(({ name }) => name.includes(only ?? ""))) {
      await runProgram(program, provider, report);
    }
    if ("the lab".includes(only ?? "")) await compareLab(report, lab === true);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return report.finish() ? 0 : 1;
}

const command = new Command("conformance")
  .description("compares the project's engine with the Pulumi CLI")
  .option("--only <text>", "programs whose name holds this text; `the lab` is the last")
  .option("--lab", "also bring the lab up and down with both (root)")
  .parse();
main(command.opts<Flags>()).then(
  (code) => (process.exitCode = code),
  (error: Error) => {
    console.error(`error: ${error.message}`);
    process.exitCode = 1;
  },
);
