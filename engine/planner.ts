import { randomBytes } from "node:crypto";
import { Aliases } from "./aliases";
import { diffInputs, NO_DIFF, replaces, sameInputs, show, type Diff, type DiffKind } from "./diff";
import type { Listener } from "./events";
import { Mutex } from "./executor";
import { newState, type Goal } from "./goal";
import { dependents } from "./graph";
import type { Journal } from "./journal";
import { contains, parsePath, resetIgnored } from "./paths";
import type { CheckFailure } from "./provider-answers";
import type { Registry } from "./registry";
import type { ResourceState } from "./state";
import type { DeleteStep, Step } from "./steps";
import { isProviderType, makeUrn, parseReference } from "./urn";
import { UNKNOWN, type Properties } from "./values";

/** What a registration leads to. */
export interface Plan {
  steps: Step[];
  now: ResourceState;
  /** Set when a destroying run meets a resource that does not exist: nothing is known of it. */
  skipped?: boolean;
}

/** An error about one resource; reported where it arises, so that it is not reported again. */
export class ResourceProblem extends Error {
  constructor(
    readonly urn: string,
    message: string,
  ) {
    super(message);
  }
}

export interface PlannerOptions {
  project: string;
  stack: string;
  preview: boolean;
  /** The program runs so that its hooks exist; resources are kept as they are, then all deleted. */
  destroying: boolean;
  /** Gets inputs as the provider has checked them. @returns those to go on with */
  review: (goal: Goal, now: ResourceState, inputs: Properties) => Promise<Properties>;
}

/**
 * Decides for each resource that the program registers what has to be done, and in the end which resources
 * are to go. The rules are the CLI's.
 */
export class Planner {
  private readonly registered = new Set<string>();
  /** URNs for which a step of this run exists. */
  private readonly operated = new Set<string>();
  private readonly replaced = new Set<string>();
  /** Deleted early, for a resource that they need; replaced when the program registers them. */
  private readonly early = new Set<string>();
  /** Records whose deletion is already part of a chain. */
  private readonly deletedEarly = new Set<ResourceState>();
  private readonly toDestroy: ResourceState[] = [];
  private readonly skippedUrns = new Set<string>();
  private readonly deciding = new Mutex();
  private olds: Map<string, ResourceState> | undefined;
  private readonly aliases: Aliases;
  /** True when something stood in the way that a preview only shows. */
  problems = false;

  constructor(
    private readonly options: PlannerOptions,
    private readonly registry: Registry,
    private readonly journal: Journal,
    private readonly emit: Listener,
  ) {
    this.aliases = new Aliases(options.project, options.stack);
  }

  async plan(goal: Goal): Promise<Plan> {
    const { stack, project } = this.options;
    if (goal.parent !== "" && !this.registered.has(goal.parent)) {
      throw new ResourceProblem("", `resource ${goal.name}: parent ${goal.parent} is not registered`);
    }
    const urn = makeUrn(stack, project, goal.parent, goal.type, goal.name);
    if (this.registered.has(urn)) {
      throw new ResourceProblem(urn, `duplicate resource URN "${urn}"; try giving it a unique name`);
    }
    this.registered.add(urn);
    const old = this.old(urn, goal);
    const now = newState(goal, urn, old);
    if (this.options.destroying) {
      const plan = this.planKept(goal, now, old);
      if (plan) return plan;
      this.toDestroy.push(now);
    }
    if (!old || old.external || this.early.has(old.urn)) return this.planNew(goal, now, old);
    const { inputs, invalid } = resetIgnored(goal.inputs, old.inputs, goal.ignoreChanges);
    if (invalid.length > 0) {
      const text = `cannot ignore changes in added or removed elements of the path: ${invalid.join(", ")}`;
      this.emit({ type: "diagnostic", severity: "info", urn, text });
    }
    now.inputs = await this.check(goal, now, old.inputs, inputs);
    const diff = await this.diff(goal, old, now);
    return this.deciding.run(() => this.decide(goal, old, now, diff));
  }

  /** Records that nobody registered, and those that wait for their deletion. */
  planDeletes(): DeleteStep[] {
    const steps: DeleteStep[] = [];
    for (const old of this.journal.snapshot().resources) {
      if (this.deletedEarly.has(old)) continue;
      if (old.delete) steps.push({ op: "delete-replaced", old });
      else if (this.toDestroy.includes(old)) steps.push({ op: "delete", old });
      else if (this.isOperated(old.urn)) continue;
      else steps.push({ op: old.pendingReplacement ? "discard" : "delete", old });
    }
    return steps;
  }

  private old(urn: string, goal: Goal): ResourceState | undefined {
    this.olds ??= new Map(
      this.journal.base.resources
        .filter((resource) => !resource.delete)
        .map((resource) => [resource.urn, resource]),
    );
    try {
      return this.aliases.find(urn, goal, this.olds, this.registered);
    } catch (error) {
      throw new ResourceProblem(urn, (error as Error).message);
    }
  }

  private isOperated(urn: string): boolean {
    return this.operated.has(this.aliases.current(urn));
  }

  private planKept(goal: Goal, now: ResourceState, old: ResourceState | undefined): Plan | undefined {
    const needed = [...goal.dependencies, ...(goal.provider ? [parseReference(goal.provider).urn] : [])];
    const custom = goal.custom && !isProviderType(goal.type);
    if (needed.some((urn) => this.skippedUrns.has(urn)) || (custom && !old)) {
      this.skippedUrns.add(now.urn);
      now.outputs = old?.outputs ?? {};
      now.id = old?.id;
      return { steps: [], now, skipped: true };
    }
    if (!custom || !old) return undefined;
    now.inputs = old.inputs;
    this.operated.add(now.urn);
    this.toDestroy.push(now);
    return { steps: [{ op: "same", old, now }], now };
  }

  /** Nothing of it can be carried over: it does not exist, or no longer. */
  private async planNew(goal: Goal, now: ResourceState, old: ResourceState | undefined): Promise<Plan> {
    now.inputs = await this.check(goal, now, {}, goal.inputs);
    this.operated.add(now.urn);
    if (!old) return { steps: [{ op: "create", now }], now };
    this.early.delete(old.urn);
    this.replaced.add(now.urn);
    const replacement = { old, now, diff: NO_DIFF, pendingDelete: old.external === true };
    return {
      steps: [
        { op: "replace", old, now, diff: NO_DIFF },
        { op: "create-replacement", ...replacement },
      ],
      now,
    };
  }

  private async check(goal: Goal, now: ResourceState, old: Properties, inputs: Properties) {
    if (!now.custom) return this.options.review(goal, now, inputs);
    const { inputs: checked, failures } = isProviderType(now.type)
      ? await this.registry.check(now.urn, old, inputs)
      : await (await this.registry.get(now.provider as string)).check(now.urn, old, inputs, randomBytes(32));
    if (failures.length > 0) throw new ResourceProblem(now.urn, describe(failures, inputs));
    return this.options.review(goal, now, checked);
  }

  private async diff(goal: Goal, old: ResourceState, now: ResourceState): Promise<Diff> {
    if (now.deletedWith && this.replaced.has(now.deletedWith))
      return { ...REPLACE, replaceKeys: ["deletedWith"] };
    const renamed = this.aliases.isRenamed(old.provider, now.provider);
    if (!renamed && (await this.registry.changed(old, now))) return { ...REPLACE, replaceKeys: ["provider"] };
    if (!now.custom) {
      return sameInputs(old.inputs, now.inputs)
        ? NO_DIFF
        : { ...diffInputs(old.inputs, now.inputs), changes: true };
    }
    return replaceOnChanges(
      isProviderType(now.type)
        ? await this.registry.diff(old, now.inputs)
        : await this.diffCustom(old, now.inputs, now.provider as string, goal.ignoreChanges),
      goal.replaceOnChanges,
      (old.initErrors ?? []).length > 0,
    );
  }

  private async diffCustom(old: ResourceState, inputs: Properties, reference: string, ignored: string[]) {
    return (await this.registry.get(reference)).diff(old, inputs, ignored);
  }

  private async decide(goal: Goal, old: ResourceState, now: ResourceState, diff: Diff): Promise<Plan> {
    // While this diff was made, the deletion of something it needs may have taken it along.
    if (this.early.has(old.urn)) return this.planNew(goal, now, old);
    this.operated.add(now.urn);
    if (replaces(diff) && diff.changes ? true : old.pendingReplacement)
      return this.planReplacement(goal, old, now, diff);
    const unfinished = (old.initErrors ?? []).length > 0 || this.isInterruptedUpdate(old, now);
    if (!diff.changes && !unfinished) return { steps: [{ op: "same", old, now }], now };
    return { steps: [{ op: "update", old, now, diff, ignored: goal.ignoreChanges }], now };
  }

  private isInterruptedUpdate({ id, urn }: ResourceState, now: ResourceState): boolean {
    return this.journal
      .interrupted()
      .some(
        ({ type, resource }) =>
          type === "updating" && [urn, now.urn].includes(resource.urn) && resource.id === id,
      );
  }

  private async planReplacement(
    goal: Goal,
    old: ResourceState,
    now: ResourceState,
    diff: Diff,
  ): Promise<Plan> {
    if (now.protect && old.protect) {
      this.refuse(
        now.urn,
        `unable to replace resource "${now.urn}"\nas it is currently marked for protection. To unprotect the ` +
          "resource, remove the `protect` flag from the resource in your Pulumi program and run `up`",
      );
    }
    this.replaced.add(now.urn);
    // Names and other defaults of the old resource are not for the new one.
    now.inputs = await this.check(goal, now, {}, goal.inputs);
    const replace: Step = { op: "replace", old, now, diff };
    if (!(goal.deleteBeforeReplace ?? diff.deleteBeforeReplace) && !old.pendingReplacement) {
      return { steps: [{ op: "create-replacement", old, now, diff, pendingDelete: true }, replace], now };
    }
    const deletes: Step[] = await this.planEarlyDeletes(old);
    if (!old.pendingReplacement) {
      deletes.push({ op: "delete-replaced", old, pendingReplacement: true });
      this.deletedEarly.add(old);
    }
    return {
      steps: [...deletes, replace, { op: "create-replacement", old, now, diff, pendingDelete: false }],
      now,
    };
  }

  /** Deletes, last first, of what needs `root` and cannot outlive it. */
  private async planEarlyDeletes(root: ResourceState): Promise<Step[]> {
    const condemned = new Set([root.urn]);
    const steps: Step[] = [];
    const candidates = dependents(this.journal.base.resources, root, (urn) => this.isOperated(urn));
    for (const user of candidates) {
      if (this.journal.isGone(user) || !(await this.mustReplace(user, condemned))) continue;
      condemned.add(user.urn);
      if (this.deletedEarly.has(user) || user.pendingReplacement) continue;
      if (user.protect && !user.delete) {
        this.refuse(
          root.urn,
          `unable to replace resource "${user.urn}" as part of replacing "${root.urn}" as it is currently ` +
            "marked for protection. To unprotect the resource, remove its `protect` flag and run `up`",
        );
      }
      steps.unshift({ op: "delete-replaced", old: user, pendingReplacement: user.delete !== true });
      if (!user.delete) this.early.add(user.urn);
      this.deletedEarly.add(user);
    }
    return steps;
  }

  /** Whether the provider would replace a record if what it takes from condemned ones became unknown. */
  private async mustReplace(user: ResourceState, condemned: Set<string>): Promise<boolean> {
    if (!user.custom || user.external) return false;
    if (user.provider && condemned.has(parseReference(user.provider).urn)) return true;
    if (user.deletedWith && condemned.has(user.deletedWith)) return true;
    const inputs = { ...user.inputs };
    let affected = false;
    for (const key of Object.keys(inputs)) {
      if (!(user.propertyDependencies?.[key] ?? []).some((urn) => condemned.has(urn))) continue;
      inputs[key] = UNKNOWN;
      affected = true;
    }
    if (!affected) return false;
    const diff = isProviderType(user.type)
      ? await this.registry.diff(user, inputs)
      : await this.diffCustom(user, inputs, user.provider as string, user.ignoreChanges ?? []);
    return replaces(replaceOnChanges(diff, user.replaceOnChanges ?? [], false));
  }

  /** A preview goes on, so that the change behind the refusal is seen. */
  private refuse(urn: string, text: string): void {
    if (!this.options.preview) throw new ResourceProblem(urn, text);
    this.emit({ type: "diagnostic", severity: "error", urn, text });
    this.problems = true;
  }
}

const REPLACE: Diff = { ...NO_DIFF, changes: true };

function replaceOnChanges(diff: Diff, paths: string[], hasInitErrors: boolean): Diff {
  if ((!diff.changes && !hasInitErrors) || paths.length === 0) return diff;
  const parsed = paths.map(parsePath);
  const hit = (path: string) => parsed.some((outer) => contains(outer, parsePath(path)));
  const detailed = Object.entries(diff.detailed ?? {}).map(([path, property]) => {
    const kind = hit(path) ? (`${property.kind.replace("-replace", "")}-replace` as DiffKind) : property.kind;
    return [path, { ...property, kind }] as const;
  });
  const replaceKeys = [...new Set([...diff.replaceKeys, ...diff.changedKeys.filter(hit)])];
  const failed = hasInitErrors && hit("#initerror");
  return {
    ...diff,
    changes: diff.changes || failed,
    replaceKeys: failed ? [...replaceKeys, "#initerror"] : replaceKeys,
    ...(diff.detailed ? { detailed: Object.fromEntries(detailed) } : {}),
  };
}

function describe(failures: CheckFailure[], inputs: Properties): string {
  return failures
    .map(({ property, reason }) =>
      property === ""
        ? reason
        : `property ${property} value ${show(inputs[property])} has a problem: ${reason}`,
    )
    .join("\n");
}
