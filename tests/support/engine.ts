/** Throw-away Pulumi projects for the engine's tests, over the file provider of support/engine-provider. */
import { spawn, type ChildProcess } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import {
  destroy,
  preview,
  refresh,
  RunFailed,
  up,
  type CommandOptions,
  type EngineEvent,
  type RunResult,
} from "../../engine";
import type { ResourceState } from "../../engine/state";

const repository = resolve(__dirname, "../..");

/** Declares the provider's one resource class; every test program starts with it. */
const PRELUDE = `
import * as pulumi from "@pulumi/pulumi";
class File extends pulumi.CustomResource {
  declare readonly computed: pulumi.Output<string>;
  declare readonly token: pulumi.Output<string>;
  declare readonly name: pulumi.Output<string>;
  constructor(name: string, args: pulumi.Inputs = {}, opts?: pulumi.CustomResourceOptions) {
    const outputs = { computed: undefined, path: undefined, token: undefined, name: undefined };
    super("files:index:File", name, { ...outputs, ...args }, { version: "1.2.3", ...opts });
  }
}
`;

/** What a run did: its events, and its result or how it failed. */
export interface Ran {
  events: EngineEvent[];
  result?: RunResult;
  error?: Error;
  /** Operations that ended well, as `op name`; reads of a refresh are none. */
  steps: string[];
  /** What a refresh found otherwise than recorded, as `changed name` or `gone name`. */
  drift: string[];
  /** Texts of warnings and errors. */
  problems: string[];
}

const made: TestProject[] = [];

/** A project that {@link removeProjects} takes away. */
export function project(program: string): TestProject {
  const one = new TestProject(program);
  made.push(one);
  return one;
}

export function removeProjects(): void {
  for (const one of made) one.remove();
}

export class TestProject {
  readonly folder = mkdtempSync(join(tmpdir(), "engine-test-"));
  readonly files = join(this.folder, "files");

  constructor(program = "") {
    symlinkSync(join(repository, "node_modules"), join(this.folder, "node_modules"));
    writeFileSync(join(this.folder, "package.json"), JSON.stringify({ name: "test", main: "index.ts" }));
    const provider = join(repository, "tests/support/engine-provider");
    const plugins = { providers: [{ name: "files", path: provider }] };
    writeFileSync(
      join(this.folder, "Pulumi.yaml"),
      JSON.stringify({ name: "test", runtime: "nodejs", plugins }),
    );
    this.configure({});
    this.program(program);
  }

  /** Replaces the program. */
  program(text: string): this {
    writeFileSync(join(this.folder, "index.ts"), PRELUDE + text);
    return this;
  }

  /** Replaces the stack's settings; the provider's folder is always set. */
  configure(config: Record<string, unknown>, more: Record<string, unknown> = {}): void {
    const stack = { ...more, config: { "files:folder": this.files, ...config } };
    writeFileSync(join(this.folder, "Pulumi.dev.yaml"), JSON.stringify(stack));
  }

  up(options: Partial<CommandOptions> = {}): Promise<Ran> {
    return this.run(up, options);
  }

  preview(options: Partial<CommandOptions> = {}): Promise<Ran> {
    return this.run(preview, options);
  }

  refresh(options: Partial<CommandOptions> = {}): Promise<Ran> {
    return this.run(refresh, options);
  }

  destroy(options: Partial<CommandOptions> & { runProgram?: boolean } = {}): Promise<Ran> {
    return this.run(destroy, options);
  }

  /** The engine's command line, as a process of its own. */
  spawn(command: string, ...args: string[]): ChildProcess {
    const cli = join(repository, "engine/cli.ts");
    const line = [
      "--require",
      join(repository, "engine/register.js"),
      cli,
      command,
      "-C",
      this.folder,
      "-s",
      "dev",
      ...args,
    ];
    return spawn(process.execPath, line, {
      cwd: repository,
      env: { ...process.env, PULUMI_CONFIG_PASSPHRASE: "pass" },
    });
  }

  get stateFile(): string {
    return join(this.folder, ".state", "dev.json");
  }

  /** Text of the state file. */
  stateText(): string {
    return existsSync(this.stateFile) ? readFileSync(this.stateFile, "utf8") : "";
  }

  deployment(): {
    resources: ResourceState[];
    pending_operations?: { type: string; resource: ResourceState }[];
  } {
    const { deployment } = JSON.parse(this.stateText()) as { deployment: { resources?: ResourceState[] } };
    return { resources: [], ...deployment };
  }

  /** Records of the provider's resources, by their name in the program, old generations too. */
  records(): { name: string; id: string; deleting: boolean }[] {
    return this.deployment()
      .resources.filter(({ type }) => type === "files:index:File")
      .map(({ urn, id, delete: deleting }) => ({
        name: urn.split("::").pop() as string,
        id: id ?? "",
        deleting: deleting === true,
      }));
  }

  /** Side effects in order, as `create a`; with four words also the resource's id and how long it might have taken. */
  journal(words = 2): string[] {
    const file = join(this.files, "journal.log");
    const lines = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
    return lines.map((line) => line.split(" ").slice(0, words).join(" "));
  }

  /** Changes what a resource really is, behind the engine's back; undefined takes it away. */
  tamper(name: string, change: Record<string, unknown> | undefined): void {
    const { id } = this.records().find((record) => record.name === name) as { id: string };
    const file = join(this.files, `${id}.json`);
    if (change === undefined) return rmSync(file);
    const inputs = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
    writeFileSync(file, JSON.stringify({ ...inputs, ...change }));
  }

  /** Names of the resources that were read, and how long each read may take: `a 0s`. */
  reads(): string[] {
    const file = join(this.files, "reads.log");
    return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
  }

  /** Names of the hooks that ran, in order. */
  hooks(): string[] {
    const file = join(this.folder, "hooks.log");
    return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
  }

  /** Ids of the resources that really exist. */
  existing(): string[] {
    if (!existsSync(this.files)) return [];
    const files = readdirSync(this.files).filter((name) => name.endsWith(".json"));
    return files.map((name) => name.replace(/\.json$/, "")).sort();
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async run(
    command: (options: CommandOptions) => Promise<RunResult>,
    options: Partial<CommandOptions>,
  ): Promise<Ran> {
    mkdirSync(this.folder, { recursive: true });
    const events: EngineEvent[] = [];
    const ran: Ran = { events, steps: [], drift: [], problems: [] };
    try {
      ran.result = await command({
        projectDir: this.folder,
        stack: "dev",
        configPassphrase: "pass",
        display: "none",
        ...options,
        onEvent: (event) => {
          events.push(event);
          options.onEvent?.(event);
        },
      });
    } catch (error) {
      ran.error = error as Error;
      if (!(error instanceof RunFailed)) ran.problems.push(ran.error.message);
    }
    for (const event of events) {
      if (
        event.type === "step" &&
        event.phase === "end" &&
        event.error === undefined &&
        event.op !== "same"
      ) {
        const name = event.urn.split("::").pop() as string;
        if (event.op === "refresh") {
          if (event.drift !== "none") ran.drift.push(`${event.drift} ${name}`);
        } else if (!name.startsWith("default_") && name !== "test-dev") ran.steps.push(`${event.op} ${name}`);
      }
      if (event.type === "diagnostic" && event.severity !== "info") ran.problems.push(event.text);
    }
    return ran;
  }
}
