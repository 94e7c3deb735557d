/** The commands behind the Makefile: this machine as a cloud, from a person's side. */
import { Command } from "commander";
import type { DeployOptions } from "./commands/deploy-options";

const program = new Command("lab")
  .description("www.foobar.com on this machine")
  .showHelpAfterError()
  .enablePositionalOptions()
  .configureHelp({ sortSubcommands: true });

function repeated(value: string, earlier: string[] = []): string[] {
  return [...earlier, value];
}

program
  .command("up")
  .description("bring the site up; ends with 0 only when it answers over verified HTTPS")
  .option("--stack <name>", "a stack of lab/", "lab")
  .option("--json", "print the engine's events and the timings as JSON lines", false)
  .option("--policy-pack <dir>", "judge it by a policy pack first; may be repeated", repeated)
  .option("--policy-pack-config <file>", "JSON settings of the corresponding --policy-pack", repeated)
  .action(async (options: DeployOptions) => {
    const { up } = await import("./commands/up");
    await up(options);
  });

program
  .command("down")
  .description("take the site away; leaves nothing but the image cache")
  .action(async () => {
    const { down } = await import("./commands/down");
    await down();
  });

program
  .command("preview")
  .description("what `up` would change; needs no root, no cloud and no credentials")
  .option("--stack <name>", "a stack of lab/ or of the project itself", "lab")
  .option("--json", "print the engine's events as JSON lines", false)
  .option("--policy-pack <dir>", "judge it by a policy pack first; may be repeated", repeated)
  .option("--policy-pack-config <file>", "JSON settings of the corresponding --policy-pack", repeated)
  .action(async (options: DeployOptions) => {
    const { preview } = await import("./commands/preview");
    await preview(options);
  });

program
  .command("policy")
  .description("what the policies say about every stack; needs no root, no cloud and no credentials")
  .option("--stack <name>", "one stack of lab/ or of the project itself, instead of all")
  .option("--format <format>", "table, sarif, junit, json or markdown", "table")
  .option("--output <file>", "write the report there; a table is printed all the same")
  .action(async (options: { stack?: string; format: string; output?: string }) => {
    const { policy } = await import("./commands/policy");
    await policy(options);
  });

program
  .command("status")
  .description("every host: its address, its services, its health")
  .option("--json", "for programs", false)
  .action(async (options: { json: boolean }) => {
    const { status } = await import("./commands/status");
    await status(options);
  });

program
  .command("shell")
  .description("a root shell on a host, or one command there")
  .argument("<host>", "a host's name, such as web-1")
  .argument("[command...]", "run this instead of a shell")
  .passThroughOptions()
  .action(async (host: string, command: string[]) => {
    const { shell } = await import("./commands/shell");
    await shell(host, command);
  });

program
  .command("logs")
  .description("a host's journal")
  .argument("<host>", "a host's name, such as web-1")
  .option("-n, --lines <count>", "how many lines from the end", "200")
  .option("-f, --follow", "go on as lines come", false)
  .action(async (host: string, options: { lines: string; follow: boolean }) => {
    const { logs } = await import("./commands/shell");
    await logs(host, options);
  });

program.parseAsync().catch((error: unknown) => {
  // a refusal is for people: its text says what to do; a stack trace helps only whoever mends the lab
  console.error(
    process.env.FOOBAR_DEBUG ? error : `error: ${error instanceof Error ? error.message : String(error)}`,
  );
  process.exitCode = 1;
});
