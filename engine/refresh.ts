import { foundChanges } from "./changes";
import type { Change, Drift, Listener } from "./events";
import { Stopped, type Executor } from "./executor";
import type { Journal } from "./journal";
import type { Registry } from "./registry";
import type { ResourceState } from "./state";
import { isProviderType } from "./urn";
import { equal, markSecrets } from "./values";

/** What reading a resource led to. */
interface Outcome {
  /** Undefined: the resource is gone. */
  now: ResourceState | undefined;
  drift: Drift;
  changes: Change[];
}

/** A resource that could not be read. */
export interface ReadFailure {
  urn: string;
  text: string;
}

/**
 * Makes the state what is really there: every resource is read through its provider, begun in the order of
 * the state, as many at a time as the executor lets through. What changed is in the state file before the
 * next one is begun in its place, so a killed refresh leaves a whole state, and the next one does the rest.
 * Components and providers exist in the state alone, and of what waits for its replacement nothing is left
 * to read. The program has no part in it.
 */
export class Refresh {
  constructor(
    private readonly journal: Journal,
    private readonly registry: Registry,
    private readonly executor: Executor,
    private readonly emit: Listener,
  ) {}

  /** @returns those that could not be read, which keep their records; the others are read nevertheless */
  async run(): Promise<ReadFailure[]> {
    const failures: ReadFailure[] = [];
    const reads = [...this.journal.base.resources].map((old) =>
      this.executor.run([() => this.step(old)]).catch((error: Error) => {
        if (!(error instanceof Stopped)) failures.push({ urn: old.urn, text: error.message });
      }),
    );
    await Promise.all(reads);
    this.journal.mendReferences();
    return failures;
  }

  private async step(old: ResourceState): Promise<void> {
    const began = Date.now();
    const told = { type: "step", op: "refresh", urn: old.urn } as const;
    const seconds = () => (Date.now() - began) / 1000;
    this.emit({ ...told, phase: "begin" });
    try {
      const { now, drift, changes } = isReadable(old)
        ? await this.read(old)
        : { now: old, drift: "none" as const, changes: [] };
      this.emit({ ...told, phase: "end", seconds: seconds(), id: now?.id, drift, changes });
    } catch (error) {
      this.emit({ ...told, phase: "end", seconds: seconds(), error: (error as Error).message });
      throw error;
    }
  }

  private async read(old: ResourceState): Promise<Outcome> {
    const provider = await this.registry.get(old.provider as string);
    const found = await provider.read(old);
    if (found.id === "") {
      await this.keep(old, undefined);
      return { now: undefined, drift: "gone", changes: [] };
    }
    const inputs = found.inputs ?? old.inputs;
    const outputs = markSecrets(found.outputs, inputs, old.additionalSecretOutputs ?? []);
    const initErrors = found.unhealthy.length > 0 ? found.unhealthy : undefined;
    const now: ResourceState = { ...old, id: found.id, inputs, outputs, initErrors };
    if (!equal(old.inputs, inputs) || !equal(old.outputs, outputs)) now.modified = new Date().toISOString();
    if (initErrors) this.warn(old.urn, `it exists, but is not in order: ${initErrors.join("; ")}`);
    // What an update with the recorded inputs would change is what has changed, the other way round.
    const diff = old.external ? undefined : await provider.diff(now, old.inputs, old.ignoreChanges ?? []);
    await this.keep(old, now, found.inputs !== undefined);
    const drifted = diff ? diff.changes : !equal(old.outputs, outputs);
    return {
      now,
      drift: drifted ? "changed" : "none",
      changes: diff?.changes ? foundChanges(old, now, diff) : [],
    };
  }

  /** @param told whether the provider told the inputs: then it is known what became of an interrupted update */
  private async keep(old: ResourceState, now: ResourceState | undefined, told = true): Promise<void> {
    const settled = this.journal.interrupted().filter(({ type, resource }) => {
      const same = resource.urn === old.urn && resource.id === old.id;
      return same && type !== "creating" && (told || type === "deleting");
    });
    settled.forEach((operation) => this.journal.drop(operation));
    const same =
      now !== undefined &&
      (["id", "modified", "initErrors"] as const).every((fact) => equal(old[fact], now[fact]));
    if (same && settled.length === 0) return;
    this.journal.refresh(old, now);
    await this.journal.save();
  }

  private warn(urn: string, text: string): void {
    this.emit({ type: "diagnostic", severity: "warning", urn, text });
  }
}

/** Whether there is anything outside the state to read. */
function isReadable({ custom, type, pendingReplacement }: ResourceState): boolean {
  return custom && !isProviderType(type) && !pendingReplacement;
}
