import { stripVTControlCharacters } from "node:util";
import type * as pb from "@pulumi/pulumi/proto/resource_pb";
import type { Config, Project } from "./config";
import { DefaultProviders, isDefaultProvider } from "./default-providers";
import { deleteInOrder } from "./deletions";
import type { Counts, Drift, EngineEvent, Listener, Severity } from "./events";
import { Executor, Stopped } from "./executor";
import { inherit, readGoal, type Goal } from "./goal";
import { Hooks } from "./hooks";
import type { Journal } from "./journal";
import type { MonitorHandler, Registered } from "./monitor";
import { Planner, ResourceProblem } from "./planner";
import type { Analyzer } from "./policy/analyzer";
import { Policies } from "./policy/policies";
import type { Reviewed } from "./policy/request";
import { Refresh } from "./refresh";
import { settleInterrupted } from "./recovery";
import type { Registry } from "./registry";
import { fromStruct, shutDown, unspoken } from "./rpc";
import type { ResourceState } from "./state";
import { Steps } from "./steps";
import { isProviderType, makeUrn, packageOf, parseReference, STACK_TYPE } from "./urn";
import { withoutOutputs, type Properties } from "./values";

export interface DeploymentOptions {
  project: Project;
  stack: string;
  preview: boolean;
  parallel: number;
  /** The program runs for its hooks only; everything is deleted afterwards. */
  destroying: boolean;
  /** Read every resource first; `only`: and do nothing else. */
  refresh: boolean | "only";
}

/** What a deployment works with; there once the state and the settings have been read. */
export interface Ground {
  config: Config;
  journal: Journal;
  registry: Registry;
  /** Policy packs, in the order in which they remediate. */
  analyzers: Analyzer[];
}

/** One run: takes the program's registrations, plans and carries out, deletes what is left. */
export class Deployment implements MonitorHandler {
  readonly counts: Counts = { create: 0, update: 0, replace: 0, delete: 0, same: 0 };
  private readonly executor: Executor;
  private readonly hooks: Hooks;
  private readonly goals = new Map<string, Goal>();
  private readonly states = new Map<string, ResourceState>();
  private readonly defaults = new DefaultProviders(
    async () => (await this.started).config,
    (goal) => this.deploy(goal),
  );
  /** The stack as it is dealt with: before everything else. */
  private root: Promise<unknown> = Promise.resolve();
  private stackOutputs: Properties | undefined;
  private deletes: Promise<void> | undefined;
  private readonly told = new Set<string>();
  private failed = false;
  private canceled = false;
  private ended = false;
  private refusal: unknown;
  private abandon: (error: Error) => void = () => undefined;
  /** Rejects when nothing more will happen; whatever still waits for an answer gets this. */
  private readonly abandoned = new Promise<never>((_, reject) => (this.abandon = reject));
  private readonly started: Promise<Ground & { planner: Planner; steps: Steps; policies: Policies }>;

  constructor(
    private readonly options: DeploymentOptions,
    ground: Promise<Ground>,
    private readonly emit: Listener,
  ) {
    this.executor = new Executor(options.parallel);
    this.hooks = new Hooks(options.preview, emit);
    this.abandoned.catch(() => undefined);
    // Why there is nothing to work with is told by whoever starts the run, not by each who waits for it.
    ground.catch((error: unknown) => (this.refusal = error));
    this.started = ground.then((parts) => this.begin(parts));
    this.started.catch(() => undefined);
  }

  private async begin(ground: Ground) {
    const { journal, registry } = ground;
    const { project, stack, preview, destroying } = this.options;
    if (!preview) await settleInterrupted(journal, registry, this.emit);
    else if (journal.base.operations.length > 0) {
      const text = `${journal.base.operations.length} interrupted operations will be continued by up`;
      this.emit({ type: "diagnostic", severity: "info", urn: "", text });
    }
    const secrets = [...ground.config.values()].filter((value) => value.secret).map(({ text }) => text);
    const stackUrn = makeUrn(stack, project.name, "", STACK_TYPE, `${project.name}-${stack}`);
    const { programFolder: folder } = project;
    const policies = new Policies(ground.analyzers, { preview, stackUrn, folder, secrets }, this.emit);
    const review = (goal: Goal, now: ResourceState, inputs: Properties) =>
      policies.review(this.reviewed(now, inputs, goal));
    if (this.options.refresh !== false) {
      const refresh = new Refresh(journal, registry, this.executor, (event) => this.observe(event));
      for (const { urn, text } of await refresh.run()) this.fail(urn, text);
    }
    const planner = new Planner(
      { project: project.name, stack, preview, destroying, review },
      registry,
      journal,
      this.emit,
    );
    const steps = new Steps(preview, registry, journal, this.hooks, (event) => this.observe(event));
    return { ...ground, planner, steps, policies };
  }

  /** A resource as policies are to see it. */
  private reviewed(state: ResourceState, properties: Properties, goal = this.goals.get(state.urn)): Reviewed {
    const manager = state.provider ? this.states.get(parseReference(state.provider).urn) : undefined;
    return { state, properties, deleteBeforeReplace: goal?.deleteBeforeReplace, provider: manager };
  }

  async register(request: pb.RegisterResourceRequest): Promise<Registered> {
    return this.guard(async () => {
      const goal = this.read(request);
      if (goal.type === STACK_TYPE) return { state: this.registerStack(goal), skipped: false };
      await this.root;
      inherit(goal, this.goals.get(goal.parent));
      if (goal.custom && !isProviderType(goal.type)) {
        goal.provider ||= await this.defaults.get(goal.type, goal.version);
      }
      return this.deploy(goal);
    });
  }

  /**
   * The program waits for the stack's URN before it loads what it consists of, so it gets that at once, and not when
   * plugins and policies are there. Whatever else it asks for waits for the stack.
   */
  private registerStack(goal: Goal): Registered["state"] {
    this.root = this.guard(() => this.deploy(goal));
    this.root.catch(() => undefined);
    const { stack, project } = this.options;
    return { urn: makeUrn(stack, project.name, "", STACK_TYPE, goal.name), custom: false, outputs: {} };
  }

  private read(request: pb.RegisterResourceRequest): Goal {
    const { programFolder, folder } = this.options.project;
    try {
      return readGoal(request, programFolder, folder);
    } catch (error) {
      throw new Error(`resource ${request.getName()}: ${(error as Error).message}`, { cause: error });
    }
  }

  refuse(error: Error): Promise<never> {
    return this.guard(() => Promise.reject(error));
  }

  async registerOutputs(urn: string, outputs: Properties): Promise<void> {
    await this.root;
    const state = this.states.get(urn);
    if (!state) throw new Error(`cannot complete resource ${urn}: it is not registered`);
    const plain = withoutOutputs<Properties>(outputs);
    if (state.type === STACK_TYPE) this.stackOutputs = plain;
    else await this.guard(() => this.complete(state, plain));
  }

  async invoke(request: pb.ResourceInvokeRequest) {
    const token = request.getTok();
    const args = withoutOutputs<Properties>(fromStruct(request.getArgs()));
    if (token === "pulumi:pulumi:getResource") return this.getResource(args);
    if (request.getPackageref() !== "") return this.refuse(unspoken("parameterized packages", token));
    return this.guard(async () => {
      await this.root;
      const { registry } = await this.started;
      const named = request.getProvider();
      const pkg = packageOf(token);
      const reference = named || (await this.defaults.get(token, request.getVersion()));
      try {
        return await (await registry.get(reference)).invoke(token, args);
      } catch (error) {
        // An invoke answers to the program, which may expect the error.
        return {
          error: new Error(`invocation of ${token} (package ${pkg}) failed: ${(error as Error).message}`),
        };
      }
    }).then((answer) => {
      if ("error" in answer) throw answer.error;
      return answer;
    });
  }

  registerHook(request: pb.RegisterResourceHookRequest): Promise<void> {
    return Promise.resolve(this.hooks.register(request));
  }

  /** Deletes what is left; called by the program when it is done, or for it. Runs once. */
  finished(): Promise<void> {
    this.deletes ??= this.guard(() => this.deleteLeft());
    return this.deletes;
  }

  log(severity: Severity, urn: string, text: string): void {
    // What the program says after the run has ended is about the connection that it lost.
    if (severity === "debug" || this.ended) return;
    this.emit({ type: "diagnostic", severity, urn, text: stripVTControlCharacters(text) });
    // As with the CLI, an error that was logged is an error of the run.
    if (severity === "error") this.failed = true;
  }

  /** True when nothing more will start. */
  get isOver(): boolean {
    return this.executor.isStopped;
  }

  /** Whether an error has been told. */
  get hasFailed(): boolean {
    return this.failed;
  }

  /** Resolves when the run was broken off and nothing of it runs any more. */
  whenAbandoned(): Promise<void> {
    return this.abandoned.catch(() => undefined);
  }

  /** Breaks the run off because somebody asked for it. */
  cancel(): void {
    this.canceled = true;
    this.stop();
  }

  /** A line that the program or a plugin printed. */
  output(line: string): void {
    if (line.trim() !== "") this.log("info", "", line);
  }

  /** Reports an error that no resource is to blame for, and ends the run. */
  fail(urn: string, text: string): void {
    // Several may have waited for the same thing.
    if (!this.told.has(urn + text)) this.emit({ type: "diagnostic", severity: "error", urn, text });
    this.told.add(urn + text);
    this.failed = true;
    this.stop();
  }

  /** Waits for the last step and writes the last state. */
  async close(): Promise<{ result: "succeeded" | "failed" | "canceled"; outputs: Properties }> {
    await this.executor.settled();
    const { journal, planner, policies } = await this.started;
    const whole = !this.failed && !this.canceled && this.options.refresh !== "only";
    this.failed ||= planner.problems;
    const outputs = this.finishOutputs(journal);
    if (whole && !this.failed) journal.interrupted().forEach((operation) => journal.drop(operation));
    await journal.save();
    if (whole && !this.options.destroying) {
      const all = [...this.states.values()].map((state) => this.reviewed(state, state.outputs));
      await this.guard(() => policies.analyzeStack(all)).catch(() => undefined);
    }
    this.failed ||= policies.violated;
    this.hooks.close();
    return { result: this.failed ? "failed" : this.canceled ? "canceled" : "succeeded", outputs };
  }

  /** What the program has registered, as it is now or would be. */
  get resources(): ResourceState[] {
    return [...this.states.values()];
  }

  /** Where the program made each resource, by URN. */
  get sourcePositions(): ReadonlyMap<string, string> {
    const made = [...this.states.values()].filter((state) => state.sourcePosition !== undefined);
    return new Map(made.map((state) => [state.urn, state.sourcePosition as string]));
  }

  /** Lets running steps finish and starts nothing more, without a further word. */
  stop(): void {
    this.executor.stop();
    void this.executor.settled().then(() => {
      this.ended = true;
      this.abandon(shutDown());
    });
  }

  /** Work whose failure ends the run. Its caller is answered when the running steps have finished. */
  private async guard<T>(work: () => Promise<T>): Promise<T> {
    const attempt = work().catch((error: Error) => {
      // What was still being planned when the run ended lost its provider: that is no error of its own.
      if (!(error instanceof Stopped) && error !== this.refusal && !this.ended) {
        const urn = error instanceof ResourceProblem ? error.urn : "";
        this.fail(urn, error.message);
      }
      return this.abandoned;
    });
    return Promise.race([attempt, this.abandoned]);
  }

  private async deploy(goal: Goal): Promise<{ state: ResourceState; skipped: boolean }> {
    const { planner, steps } = await this.started;
    if (this.executor.isStopped) throw new Stopped();
    const {
      steps: chain,
      now,
      skipped = false,
    } = await planner.plan(goal).catch((error: Error) => {
      throw error instanceof ResourceProblem
        ? error
        : new ResourceProblem("", `${goal.type} ${goal.name}: ${error.message}`);
    });
    this.goals.set(now.urn, goal);
    this.states.set(now.urn, now);
    await this.executor.run(
      chain.map(
        (step) => () =>
          steps.apply(step).catch((error: Error) => {
            throw new ResourceProblem("now" in step ? step.now.urn : step.old.urn, error.message);
          }),
      ),
    );
    return { state: now, skipped };
  }

  private getResource(args: Properties) {
    const urn = typeof args.urn === "string" ? args.urn : JSON.stringify(args.urn);
    const state = this.states.get(urn);
    if (!state) throw new Error(`unknown resource ${urn}`);
    return Promise.resolve({
      result: { urn: state.urn, id: state.id ?? "", state: state.outputs },
      failures: [],
    });
  }

  /** A component's outputs are known: its record is whole. */
  private async complete(state: ResourceState, outputs: Properties): Promise<void> {
    const { journal } = await this.started;
    const before = state.aliases?.[0] ?? state.urn;
    const old = journal.base.resources.find(({ urn, delete: waits }) => urn === before && !waits);
    state.outputs = outputs;
    await journal.save();
    if (state.custom) return;
    if (!old) await this.hooks.run("AfterCreate", undefined, state);
    else if (state.modified !== old.modified) await this.hooks.run("AfterUpdate", old, state);
  }

  private async deleteLeft(): Promise<void> {
    const { planner, steps, journal } = await this.started;
    if (this.failed || this.executor.isStopped || this.options.refresh === "only") return;
    await deleteInOrder(planner.planDeletes(), journal.snapshot().resources, this.executor, steps);
  }

  /** The stack's outputs; after a failure those that were not reached keep their old values. */
  private finishOutputs({ base }: Journal): Properties {
    const records = this.options.refresh === "only" ? base.resources : [...this.states.values()];
    const root = records.find((state) => state.type === STACK_TYPE);
    if (!root || this.options.destroying) return {};
    if (this.stackOutputs) {
      root.outputs =
        this.failed || this.canceled ? { ...root.outputs, ...this.stackOutputs } : this.stackOutputs;
    }
    return root.outputs;
  }

  private observe(event: EngineEvent): void {
    this.emit(event);
    if (event.type !== "step" || event.phase !== "end" || event.error !== undefined) return;
    if (isDefaultProvider(event.urn)) return;
    if (event.op === "refresh") {
      if (this.options.refresh === "only") this.counts[COUNTED[event.drift ?? "none"]]++;
    } else if (event.op === "create-replacement") this.counts.replace++;
    else if (event.op in this.counts && event.op !== "replace") this.counts[event.op as keyof Counts]++;
  }
}

const COUNTED: Record<Drift, keyof Counts> = { none: "same", changed: "update", gone: "delete" };
