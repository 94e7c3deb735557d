/** The project's own engine, on a project of its own. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  destroy,
  mask,
  preview,
  refresh,
  RunFailed,
  up,
  type CommandOptions,
  type EngineEvent,
} from "../../engine";
import { Crypter } from "../../engine/secrets";
import { readState, type ResourceState } from "../../engine/state";
import { isObject, isSecret, type Value } from "../../engine/values";
import { PASSPHRASE, verdict } from "./cli";
import type { Observed, Side, Stage, Told } from "./side";
import type { Call, World } from "./world";

const COMMANDS = { preview, up, refresh, destroy };
/** What a refresh finds, in the CLI's words. */
const FOUND = { none: "same", changed: "update", gone: "delete" };

export class Own implements Side {
  readonly name = "engine";

  /** @param more further options of the engine's commands */
  constructor(
    private readonly world: Pick<World, "folder">,
    private readonly more: Partial<CommandOptions> = {},
    private readonly project = "test",
    private readonly stack = "dev",
  ) {}

  get stateFile(): string {
    return join(this.more.stateDir ?? join(this.world.folder, ".state"), `${this.stack}.json`);
  }

  async run({ command, refresh, runProgram, judged = true }: Stage): Promise<Observed> {
    const { policyPacks, ...more } = this.more;
    const events: EngineEvent[] = [];
    const problems: Told[] = [];
    let planned: Record<string, unknown> = {};
    await COMMANDS[command]({
      projectDir: this.world.folder,
      stack: this.stack,
      configPassphrase: PASSPHRASE,
      display: "none",
      refresh,
      runProgram,
      ...more,
      ...(judged && (command === "preview" || command === "up") ? { policyPacks } : {}),
      onEvent: (event) => events.push(event),
    })
      .then(({ resources }) => {
        const values = resources.map(({ urn, inputs, outputs }) => [urn, mask({ inputs, outputs })] as const);
        if (command === "preview") planned = Object.fromEntries(values);
      })
      .catch((error: Error) => {
        problems.push({ about: "", text: error.message });
        if (!(error instanceof RunFailed)) throw error;
      });
    // The preview that comes before an up which policies judge is no part of it, unless they refuse the rest.
    const starts = events.flatMap(({ type }, at) => (type === "start" ? [at] : []));
    events.splice(0, starts.at(-1) ?? 0);
    const state = await this.resources();
    const root = state.find(({ type }) => type === "pulumi:pulumi:Stack");
    return {
      succeeded: problems.length === 0,
      plan: planOf(command, events),
      errors: events.flatMap((event) =>
        event.type === "diagnostic" && event.severity === "error"
          ? [{ about: event.urn.split("::").pop() ?? "", text: event.text }]
          : [],
      ),
      policies: events.flatMap((event) =>
        event.type === "policy" && event.kind === "violation"
          ? [
              {
                about: event.urn.split("::").pop() ?? "",
                text: verdict(event.level, event.policy, event.message),
              },
            ]
          : [],
      ),
      state,
      outputs: root?.outputs ?? {},
      planned,
      steps: stepsOf(events),
    };
  }

  private async resources(): Promise<ResourceState[]> {
    if (!existsSync(this.stateFile)) return [];
    const file = readState(this.stateFile, this.project, this.stack);
    const { resources } = file?.open(await Crypter.open(PASSPHRASE, file.salt ?? "")) ?? { resources: [] };
    // Reading puts empty ones where the file has none.
    const isAbsent = (key: string, value: unknown) =>
      ["inputs", "outputs"].includes(key) && Object.keys(value as object).length === 0;
    return resources.map((resource) => {
      const kept = Object.entries(resource).filter(([key, value]) => !isAbsent(key, value));
      return withOpenSecrets(Object.fromEntries(kept)) as unknown as ResourceState;
    });
  }
}

function stepsOf(events: EngineEvent[]): Call[] {
  return events.flatMap((event): Call[] =>
    event.type === "step" ? [{ phase: event.phase, operation: event.op, name: event.urn, id: "" }] : [],
  );
}

function planOf(command: string, events: EngineEvent[]): Record<string, string[]> {
  const plan: Record<string, string[]> = {};
  for (const event of events) {
    if (event.type !== "step" || (event.phase === "end") !== (command === "refresh")) continue;
    const op = event.phase === "end" && event.drift !== undefined ? FOUND[event.drift] : event.op;
    if (!(event.phase === "end" && event.error !== undefined)) (plan[event.urn] ??= []).push(op);
  }
  return plan;
}

function withOpenSecrets(value: Value): Value {
  if (Array.isArray(value)) return value.map(withOpenSecrets);
  if (isSecret(value)) return { secret: withOpenSecrets(value.value) };
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.map(([key, item]) => [key, withOpenSecrets(item)]));
}
