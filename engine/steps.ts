import { status } from "@grpc/grpc-js";
import { plannedChanges } from "./changes";
import type { Diff } from "./diff";
import type { Change, Listener } from "./events";
import type { Hooks } from "./hooks";
import type { Journal } from "./journal";
import type { Registry } from "./registry";
import { InitError } from "./rpc";
import type { Operation, OperationType, ResourceState } from "./state";
import { isProviderType } from "./urn";
import { equal, markSecrets, type Properties, type Value } from "./values";

/** Removes a record; `discard` one whose resource is already gone. */
export interface DeleteStep {
  op: "delete" | "delete-replaced" | "discard";
  old: ResourceState;
  /** The record stays until its replacement exists. */
  pendingReplacement?: boolean;
}

/** One thing to do to one resource. `replace` only tells people; the steps around it do it. */
export type Step =
  | DeleteStep
  | { op: "same"; old: ResourceState; now: ResourceState }
  | { op: "create"; now: ResourceState }
  | { op: "update"; old: ResourceState; now: ResourceState; diff: Diff; ignored: string[] }
  | { op: "replace"; old: ResourceState; now: ResourceState; diff: Diff }
  | { op: "create-replacement"; old: ResourceState; now: ResourceState; diff: Diff; pendingDelete: boolean };

/** Carries steps out: hooks, provider, state, in an order that a kill at any point cannot spoil. */
export class Steps {
  /** URNs that are deleted in this run, for resources that go with another. */
  readonly deleting = new Set<string>();

  constructor(
    private readonly preview: boolean,
    private readonly registry: Registry,
    private readonly journal: Journal,
    private readonly hooks: Hooks,
    private readonly emit: Listener,
  ) {}

  /** @throws Error after having told the listener of it */
  async apply(step: Step): Promise<void> {
    const resource = "now" in step ? step.now : step.old;
    const began = Date.now();
    const told = { type: "step", op: step.op, urn: resource.urn } as const;
    this.emit({ ...told, phase: "begin", ...described(step) });
    try {
      await this.perform(step);
      this.emit({ ...told, phase: "end", seconds: (Date.now() - began) / 1000, id: resource.id });
    } catch (error) {
      this.emit({
        ...told,
        phase: "end",
        seconds: (Date.now() - began) / 1000,
        error: (error as Error).message,
      });
      throw error;
    }
  }

  private perform(step: Step): Promise<void> {
    switch (step.op) {
      case "same":
        return this.same(step.old, step.now);
      case "create":
        return this.create(step.now);
      case "create-replacement":
        return this.create(step.now, step.old, step.pendingDelete);
      case "update":
        return this.update(step.old, step.now, step.ignored);
      case "replace":
        return Promise.resolve();
      default:
        return this.delete(step);
    }
  }

  private async same(old: ResourceState, now: ResourceState): Promise<void> {
    now.id = old.id;
    now.initErrors = old.initErrors;
    now.outputs = markSecrets(old.outputs, now.inputs, now.additionalSecretOutputs ?? []);
    if (isProviderType(now.type)) await this.registry.create({ ...now, inputs: old.inputs }, old.id);
    this.journal.add(now, old);
    // Where the program made it is no reason to write: moving a line would rewrite the state for every resource.
    const facts = (state: ResourceState) =>
      JSON.parse(JSON.stringify({ ...state, sourcePosition: "" })) as Value;
    if (!equal(facts(old), facts(now))) await this.journal.save();
  }

  private async create(now: ResourceState, old?: ResourceState, pendingDelete = false): Promise<void> {
    await this.hooks.run("BeforeCreate", undefined, now);
    const failure = await this.change("creating", now, async () => {
      if (!now.custom) return;
      if (isProviderType(now.type)) {
        now.id = await this.registry.create(now);
        now.outputs = now.inputs;
        return;
      }
      const provider = await this.registry.get(now.provider as string);
      const made = await provider.create(now.urn, now.inputs, now.customTimeouts?.create);
      this.record(now, made.id || undefined, made.outputs);
    });
    now.created = now.modified = new Date().toISOString();
    if (old && pendingDelete && !old.pendingReplacement) old.delete = true;
    this.journal.add(now, old?.pendingReplacement ? old : undefined);
    await this.journal.save();
    if (failure) throw failure;
    if (now.custom) await this.hooks.run("AfterCreate", undefined, now);
  }

  private async update(old: ResourceState, now: ResourceState, ignored: string[]): Promise<void> {
    now.id = old.id;
    await this.hooks.run("BeforeUpdate", old, now);
    const failure = await this.change("updating", now, async () => {
      if (!now.custom) return;
      if (isProviderType(now.type)) {
        await this.registry.create(now, old.id);
        now.outputs = now.inputs;
        return;
      }
      const provider = await this.registry.get(now.provider as string);
      const outputs = await provider.update(old, now.inputs, ignored, now.customTimeouts?.update);
      this.record(now, old.id, outputs);
    });
    now.modified = new Date().toISOString();
    this.journal.add(now, old);
    for (const operation of this.journal.interrupted()) {
      const { type, resource } = operation;
      if (type === "updating" && [old.urn, now.urn].includes(resource.urn)) this.journal.drop(operation);
    }
    await this.journal.save();
    if (failure) throw failure;
    if (now.custom) await this.hooks.run("AfterUpdate", old, now);
  }

  private async delete({ op, old, pendingReplacement }: DeleteStep): Promise<void> {
    if (op === "delete" && old.protect) {
      throw new Error(
        `resource "${old.urn}" cannot be deleted\nbecause it is protected. To unprotect the resource, remove ` +
          "the `protect` flag from the resource in your Pulumi program and run `up`",
      );
    }
    if (op !== "discard") await this.hooks.run("BeforeDelete", old, undefined);
    this.deleting.add(old.urn);
    const kept =
      old.external || old.retainOnDelete || (old.deletedWith && this.deleting.has(old.deletedWith));
    if (op !== "discard" && old.custom && !isProviderType(old.type) && !kept && !this.preview) {
      await this.change("deleting", old, async () => {
        await (await this.registry.get(old.provider as string)).delete(old);
      });
    }
    if (pendingReplacement) old.pendingReplacement = true;
    else this.journal.remove(old);
    await this.journal.save();
    if (op !== "discard") await this.hooks.run("AfterDelete", old, undefined);
  }

  private record(now: ResourceState, id: string | undefined, outputs: Properties): void {
    now.id = id;
    now.outputs = markSecrets(outputs, now.inputs, now.additionalSecretOutputs ?? []);
  }

  /**
   * Calls the provider between the record of the intent and that of the result. Whoever calls this records
   * the result; the intent goes with the same write.
   * @returns the error of a resource that exists but is not in order
   */
  private async change(type: OperationType, resource: ResourceState, call: () => Promise<void>) {
    // Providers and components exist in the state alone: repeating them costs nothing.
    const external = resource.custom && !isProviderType(resource.type) && !this.preview;
    const operation = external ? await this.journal.begin(type, resource) : undefined;
    try {
      await call();
      this.finish(operation);
      return undefined;
    } catch (error) {
      if (error instanceof InitError) {
        this.finish(operation);
        this.record(resource, error.id, error.outputs);
        resource.initErrors = error.reasons;
        return error;
      }
      // A provider that went away may have made the change: what became of it is settled by the next run.
      const code = (error as { code?: number }).code;
      if (code !== status.UNAVAILABLE && code !== status.CANCELLED) {
        this.finish(operation);
        await this.journal.save();
      }
      throw error;
    }
  }

  private finish(operation: Operation | undefined): void {
    if (operation) this.journal.drop(operation);
  }
}

function described(step: Step): { changes?: Change[]; replaceKeys?: string[] } {
  if (!("diff" in step)) return {};
  const { old, now, diff } = step;
  return { changes: plannedChanges(old, now, diff), replaceKeys: diff.replaceKeys };
}
