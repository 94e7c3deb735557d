/** The real CLI: found on PATH, run as a process, watched through the event log that it writes. */
import { spawn } from "node:child_process";
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { mask, type Properties } from "../../engine";
import { SECRET, SIG } from "../../engine/values";
import type { ResourceState } from "../../engine/state";
import type { Command, Observed, Side, Stage, Told } from "./side";
import type { Call, World } from "./world";

export const PASSPHRASE = "conformance";

/** The programs of the CLI that are not on PATH; none when it can be used. */
export function missingPrograms(): string[] {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const isThere = (program: string) =>
    folders.some((folder) => {
      try {
        accessSync(join(folder, program), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
  return ["pulumi", "pulumi-language-nodejs"].filter((program) => !isThere(program));
}

interface Metadata {
  op: string;
  urn: string;
  new?: { inputs: Properties; outputs: Properties };
}
interface LoggedEvent {
  summaryEvent?: { isPreview: boolean };
  resourcePreEvent?: { metadata: Metadata };
  resOutputsEvent?: { metadata: Metadata };
  diagnosticEvent?: { severity: string; message: string; urn?: string };
  policyEvent?: { resourceUrn?: string; message: string; policyName: string; enforcementLevel: string };
}

/** One stack of the CLI, in a backend of its own. */
export class Cli implements Side {
  readonly name = "CLI";
  private state: ResourceState[] = [];
  private readonly scratch = mkdtempSync(join(tmpdir(), "conformance-cli-"));

  constructor(
    private readonly world: Pick<World, "folder">,
    private readonly stack = "dev",
    private readonly more: string[] = [],
  ) {
    mkdirSync(join(this.scratch, "backend"));
  }

  async init(): Promise<void> {
    await this.pulumi("stack", "init", this.stack);
  }

  async run({ command, refresh, runProgram, judged = true }: Stage): Promise<Observed> {
    const log = join(this.scratch, "events.json");
    rmSync(log, { force: true });
    // With policies an up begins with a preview, which they judge: what they refuse changes nothing.
    const rehearsed = command === "up" && judged && this.more.length > 0;
    const options = [
      ...(command === "preview" ? [] : rehearsed ? ["--yes"] : ["--skip-preview"]),
      ...(refresh ? ["--refresh"] : []),
      ...(runProgram ? ["--run-program"] : []),
      ...(judged && (command === "preview" || command === "up") ? this.more : []),
      ...["--event-log", log],
    ];
    const { code, text } = await this.try(command, ...options);
    if (!existsSync(log)) throw new Error(`pulumi ${command}: want an event log, got none\n${text}`);
    const events = readFileSync(log, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as LoggedEvent);
    // The log is that of the update, or of the preview when there was none.
    const isPreview = events.some(({ summaryEvent }) => summaryEvent?.isPreview === true);
    // A preview changes nothing, and each export takes a second.
    if (command !== "preview") this.state = await this.resources();
    const { state } = this;
    const root = state.find(({ type }) => type === "pulumi:pulumi:Stack");
    return {
      succeeded: code === 0,
      plan: planOf(command, rehearsed && isPreview ? [] : events),
      errors: events.flatMap(({ diagnosticEvent: event }) =>
        event?.severity === "error" ? [told(event)] : [],
      ),
      policies: events.flatMap(({ policyEvent: event }) =>
        event
          ? [
              {
                about: nameOf(event.resourceUrn),
                text: verdict(event.enforcementLevel, event.policyName, event.message),
              },
            ]
          : [],
      ),
      state,
      outputs: root?.outputs ?? {},
      planned: command === "preview" ? plannedOf(events) : {},
      steps: stepsOf(events),
    };
  }

  /** A setting of the stack, as a user gives it. */
  async set(key: string, value: string): Promise<void> {
    await this.pulumi("config", "set", key, value);
  }

  async unset(key: string): Promise<void> {
    await this.pulumi("config", "rm", key);
  }

  /** The state as `pulumi stack export` writes it, secrets encrypted. */
  export(): Promise<string> {
    return this.pulumi("stack", "export");
  }

  async import(file: string): Promise<void> {
    await this.pulumi("stack", "import", "--file", file);
  }

  /** @returns what is wrong when a preview would change something */
  async expectNoChanges(): Promise<string | undefined> {
    const { code, text } = await this.try("preview", "--expect-no-changes", ...this.more);
    return code === 0 ? undefined : text;
  }

  remove(): void {
    rmSync(this.scratch, { recursive: true, force: true });
  }

  private async resources(): Promise<ResourceState[]> {
    const text = await this.pulumi("stack", "export", "--show-secrets");
    const { deployment } = JSON.parse(text) as { deployment: { resources?: ResourceState[] } };
    return (deployment.resources ?? []).map((resource) => openSecrets(resource) as ResourceState);
  }

  private async pulumi(...args: string[]): Promise<string> {
    const { code, text, out } = await this.try(...args);
    if (code !== 0) throw new Error(`pulumi ${args.join(" ")}: want exit code 0, got ${code}\n${text}`);
    return out;
  }

  private try(...args: string[]): Promise<{ code: number | null; text: string; out: string }> {
    const stack = args[0] === "stack" && args[1] === "init" ? [] : ["--stack", this.stack];
    const child = spawn("pulumi", [...args, ...stack, "--non-interactive", "--color", "never"], {
      cwd: this.world.folder,
      env: {
        ...process.env,
        PULUMI_BACKEND_URL: `file://${join(this.scratch, "backend")}`,
        PULUMI_HOME: join(this.scratch, "home"),
        PULUMI_CONFIG_PASSPHRASE: PASSPHRASE,
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
        // The option that names an event log is one of those for debugging.
        PULUMI_DEBUG_COMMANDS: "true",
        TS_NODE_TRANSPILE_ONLY: "true",
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [out, text] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => ((out += chunk.toString()), (text += chunk.toString())));
    child.stderr.on("data", (chunk: Buffer) => (text += chunk.toString()));
    return new Promise((done, reject) => {
      child.once("error", reject);
      child.once("close", (code) => done({ code, text, out }));
    });
  }
}

/** What is begun for each resource; a refresh tells only in the end what it has found. */
function planOf(command: Command, events: LoggedEvent[]): Record<string, string[]> {
  const plan: Record<string, string[]> = {};
  for (const { resourcePreEvent, resOutputsEvent } of events) {
    const metadata = (command === "refresh" ? resOutputsEvent : resourcePreEvent)?.metadata;
    if (metadata) (plan[metadata.urn] ??= []).push(metadata.op);
  }
  return plan;
}

function stepsOf(events: LoggedEvent[]): Call[] {
  return events.flatMap(({ resourcePreEvent, resOutputsEvent }): Call[] => {
    const metadata = (resourcePreEvent ?? resOutputsEvent)?.metadata;
    const phase = resourcePreEvent ? "begin" : "end";
    return metadata ? [{ phase, operation: metadata.op, name: metadata.urn, id: "" }] : [];
  });
}

/** The log holds no secret: it has the same mark for all. */
function plannedOf(events: LoggedEvent[]): Record<string, unknown> {
  const made = events.flatMap(({ resOutputsEvent: event }) => {
    const { urn, new: now } = event?.metadata ?? {};
    return urn !== undefined && now
      ? [[urn, mask({ inputs: now.inputs, outputs: now.outputs })] as const]
      : [];
  });
  return Object.fromEntries(made);
}

/** The CLI says once more at the end that the run has failed, and lists policy violations as errors too. */
function told({ message, urn }: { message: string; urn?: string }): Told {
  return { about: nameOf(urn), text: message.replace(/<\{%[^%]*%\}>/g, "").trim() };
}

/** What a policy says of a resource, in one line and without the terminal's colours. */
export function verdict(level: string, policy: string, message: string): string {
  return `${level} ${policy}: ${message
    .replace(/<\{%[^%]*%\}>/g, "")
    .replace(/\s+/g, " ")
    .trim()}`;
}

const nameOf = (urn = ""): string => urn.split("::").pop() ?? "";

function openSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(openSecrets);
  if (typeof value !== "object" || value === null) return value;
  const { [SIG]: signature, plaintext } = value as Record<string, unknown>;
  if (signature === SECRET) return { secret: openSecrets(JSON.parse(plaintext as string)) };
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, openSecrets(item)]));
}
