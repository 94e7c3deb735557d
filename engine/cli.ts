import { Command } from "commander";
import { destroy, mask, outputs, pairPacks, preview, refresh, RunFailed, up, withoutSecrets } from "./index";
import type { CommandOptions } from "./index";

/** What the second signal ends with: 128 + SIGINT, as a shell would say it. */
const EXIT_INTERRUPTED = 130;

interface Flags {
  project: string;
  stack: string;
  stateDir?: string;
  json?: boolean;
  parallel?: string;
  diff?: boolean;
  runProgram?: boolean;
  refresh?: boolean;
  previewOnly?: boolean;
  showSecrets?: boolean;
  policyPack?: string[];
  policyPackConfig?: string[];
}

function optionsOf(flags: Flags, signal: AbortSignal): CommandOptions {
  const parallel = flags.parallel === undefined ? undefined : Number(flags.parallel);
  if (parallel !== undefined && !(Number.isInteger(parallel) && parallel > 0)) {
    throw new Error(`--parallel: want a whole number above 0, got ${flags.parallel}`);
  }
  return {
    projectDir: flags.project,
    stack: flags.stack,
    stateDir: flags.stateDir,
    parallel,
    diff: flags.diff,
    policyPacks: pairPacks(flags.policyPack ?? [], flags.policyPackConfig ?? []),
    refresh: flags.refresh,
    previewOnly: flags.previewOnly,
    display: flags.json ? "json" : "auto",
    signal,
  };
}

function build(signal: AbortSignal): Command {
  const program = new Command("engine").description(
    "runs a Pulumi program with local providers, without the Pulumi CLI",
  );
  // The CLI has many more commands and options; whoever tries one is told where to find it.
  const elsewhere = (text: string) =>
    text.replace(
      /^(error: unknown (?:option|command) .*)/,
      "$1 (not supported by this engine; use the Pulumi CLI for it)",
    );
  program.configureOutput({ outputError: (text, write) => write(elsewhere(text)) });
  const command = (name: string, text: string, action: (flags: Flags) => Promise<unknown>) =>
    program
      .command(name)
      .description(text)
      .option("-C, --project <dir>", "folder of Pulumi.yaml", ".")
      .requiredOption("-s, --stack <name>", "stack")
      .option("--state-dir <dir>", "folder of the state (default: .state in the project)")
      .option("--json", "one JSON object a line")
      .action((flags: Flags) => action(flags).then(() => undefined));
  const changing = (name: string, text: string, action: (flags: Flags) => Promise<unknown>) =>
    command(name, text, action)
      .option("--parallel <n>", "operations at a time (default: four for each processor)")
      .option("--diff", "show changed properties")
      .option("--no-diff", "do not show changed properties");
  const running = (name: string, text: string, action: (flags: Flags) => Promise<unknown>) =>
    changing(name, text, action).option("--refresh", "read what is really there first");
  const judged = (name: string, text: string, action: (flags: Flags) => Promise<unknown>) =>
    running(name, text, action)
      .option("--policy-pack <dir>", "run a policy pack; may be repeated", repeated)
      .option("--policy-pack-config <file>", "JSON settings of the corresponding --policy-pack", repeated);
  judged("preview", "show what up would do", (flags) => preview(optionsOf(flags, signal)));
  judged("up", "bring the stack to what the program says", (flags) => up(optionsOf(flags, signal)));
  changing("refresh", "make the state what is really there", (flags) =>
    refresh(optionsOf(flags, signal)),
  ).option("--preview-only", "show what has changed, and change nothing");
  running("destroy", "delete everything in the stack", (flags) =>
    destroy({ ...optionsOf(flags, signal), runProgram: flags.runProgram }),
  ).option("--run-program", "run the program, so that its delete hooks run");
  command("outputs", "print the stack's outputs", printOutputs).option(
    "--show-secrets",
    "print secrets in the clear",
  );
  return program;
}

function repeated(value: string, earlier: string[] = []): string[] {
  return [...earlier, value];
}

async function printOutputs(flags: Flags): Promise<void> {
  const values = await outputs({ projectDir: flags.project, stack: flags.stack, stateDir: flags.stateDir });
  if (!values) throw new Error(`stack ${flags.stack}: want a state, got none; run up first`);
  const shown = flags.showSecrets ? withoutSecrets(values) : (mask(values) as typeof values);
  if (flags.json) return console.log(JSON.stringify(shown));
  for (const [name, value] of Object.entries(shown)) {
    console.log(`${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`);
  }
}

async function main(): Promise<void> {
  const abort = new AbortController();
  const interrupt = () => {
    if (abort.signal.aborted) process.exit(EXIT_INTERRUPTED);
    console.error("stopping: running steps finish first; once more stops at once (the next run continues)");
    abort.abort();
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  try {
    await build(abort.signal).parseAsync();
  } catch (error) {
    if (!(error instanceof RunFailed)) console.error(`error: ${(error as Error).message}`);
    process.exitCode = error instanceof RunFailed && error.result === "canceled" ? EXIT_INTERRUPTED : 1;
  }
}

void main();
