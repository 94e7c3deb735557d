import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { Children } from "./children";
import { mask } from "./diff";
import { loadConfig, readProject, readStackFile, type Project } from "./config";
import { Deployment, type Ground } from "./deployment";
import { cpus } from "node:os";
import type { Command, Counts, EngineEvent, Listener } from "./events";
import { Journal } from "./journal";
import { takeLock, type Lock } from "./lock";
import { Monitor } from "./monitor";
import { Plugins } from "./plugin";
import { Analyzer, type StackContext } from "./policy/analyzer";
import type { PolicyPackOptions } from "./policy/manifest";
import { rehearse } from "./policy/rehearsal";
import { EXIT_ALREADY_LOGGED, startProgram } from "./program";
import { Registry } from "./registry";
import { Crypter, readPassphrase } from "./secrets";
import { readState, type ResourceState, type Snapshot } from "./state";
import { withoutSecrets, type Properties } from "./values";

/** What every command takes. */
export interface RunOptions {
  /** Folder of Pulumi.yaml. */
  projectDir: string;
  stack: string;
  /** Folder of state, lock and generated passphrase. @default `<projectDir>/.state` */
  stateDir?: string;
  /** Resource operations (hooks included) at a time. @default four for each processor, as the CLI */
  parallel?: number;
  /** Read every resource through its provider first. @default what Pulumi.yaml says: `options.refresh: always` */
  refresh?: boolean;
  /** Of a refresh: show what has changed, and change nothing. */
  previewOnly?: boolean;
  /** Aborted: running steps finish, nothing more starts. */
  signal?: AbortSignal;
  /** Policy packs that judge what `preview` and `up` are about to do; no other command takes any, as with the CLI. */
  policyPacks?: PolicyPackOptions[];
  /** Opens the stack's secrets. @default see `readPassphrase` */
  configPassphrase?: string;
  /** Gets every event; the display is one. */
  onEvent?: Listener;
}

export interface RunResult {
  counts: Counts;
  /** What the program registered, as it is now or would be; secrets are marked. */
  resources: ResourceState[];
  /** The stack's outputs, secrets in the clear. */
  outputs: Properties;
  /** Where the program made each resource (`project:///index.ts#12,5`), by URN. */
  sourcePositions: ReadonlyMap<string, string>;
  seconds: number;
}

/** A run that did not succeed; what went wrong has been told as events. */
export class RunFailed extends Error {
  constructor(
    readonly result: "failed" | "canceled",
    readonly counts: Counts,
    /** As in {@link RunResult}, of what the program got to. */
    readonly sourcePositions: ReadonlyMap<string, string>,
  ) {
    super(result === "failed" ? "the run failed; see the messages above" : "the run was canceled");
  }
}

/** The provider of this repository's lab, which answers previews of stacks that name no local provider. */
const LAB_PROVIDER = join(__dirname, "..", "lab", "provider");
const LAB_PACKAGES = ["aws", "tls", "random", "datadog"];

/** Files of a stack. */
export function stackFiles(options: Pick<RunOptions, "projectDir" | "stack" | "stateDir">) {
  if (!/^[A-Za-z0-9_.-]{1,100}$/.test(options.stack)) {
    throw new Error(`stack: want letters, digits, "-", "_" or ".", got "${options.stack}"`);
  }
  const folder = resolve(options.stateDir ?? join(options.projectDir, ".state"));
  return {
    folder,
    state: join(folder, `${options.stack}.json`),
    lock: join(folder, `${options.stack}.lock`),
  };
}

/**
 * Runs one command to its end. `up` with policy packs plans everything first, and changes nothing when a mandatory
 * policy is violated.
 * @param withProgram false deletes from the state alone
 * @throws RunFailed when a step or the program failed or the run was canceled; Error when it could not start
 */
export async function run(command: Command, options: RunOptions, withProgram: boolean): Promise<RunResult> {
  const project = readProject(options.projectDir);
  const files = stackFiles(options);
  choosePlugins(project, command);
  const packs = options.policyPacks ?? [];
  if (!["preview", "up"].includes(command) && packs.length > 0)
    throw new Error(`policyPacks: want preview or up, got ${command}`);
  const lock = isPreview(command, options)
    ? undefined
    : await takeLock(files.lock, commandLine(command, options));
  const pass = (step: Command, stepOptions: RunOptions) =>
    runOnce(step, stepOptions, withProgram, { project, files, lock });
  try {
    if (command === "up" && packs.length > 0) await rehearse(options, (quieter) => pass("preview", quieter));
    return await pass(command, options);
  } finally {
    lock?.release();
  }
}

/** One time through the program, with its own processes and server. */
async function runOnce(
  command: Command,
  options: RunOptions,
  withProgram: boolean,
  { project, files, lock }: Pick<Context, "project" | "files"> & { lock?: Lock },
): Promise<RunResult> {
  const began = Date.now();
  const emit: Listener = (event) => options.onEvent?.(event);
  const children = new Children(lock);
  const monitor = new Monitor();
  try {
    const context = { project, files, emit, children, monitor, began };
    const done = await execute(command, options, withProgram, context);
    if (done.result !== "succeeded") throw new RunFailed(done.result, done.counts, done.sourcePositions);
    return done;
  } finally {
    await children.stop();
    monitor.stop();
  }
}

function isPreview(command: Command, { previewOnly = false }: RunOptions): boolean {
  return command === "preview" || previewOnly;
}

interface Context {
  project: Project;
  files: ReturnType<typeof stackFiles>;
  emit: Listener;
  children: Children;
  monitor: Monitor;
  began: number;
}

async function execute(command: Command, options: RunOptions, withProgram: boolean, context: Context) {
  const { project, emit, children, files } = context;
  const { stack } = options;
  const preview = isPreview(command, options);
  const parallel = options.parallel ?? cpus().length * 4;
  const refresh = command === "refresh" ? "only" : (options.refresh ?? project.refresh);
  const previewOnly = command === "refresh" && preview ? true : undefined;
  emit({ type: "start", command, project: project.name, stack, previewOnly });
  const { crypter, config, snapshot } = openStack(options, project, files);
  const engineAddress = later<string>();
  const output = (line: string) => deployment.output(line);
  const analyzers = (async () => {
    const stackContext = { project: project.name, stack, config: await config, preview };
    const address = await engineAddress.promise;
    return startAnalyzers(options, { ...stackContext, engineAddress: address }, children, output);
  })();
  analyzers.catch(() => undefined);
  const plugins = engineAddress.promise.then((at) => {
    const started = new Plugins(project.providers, children, project.folder, at, output);
    // With nothing in the state and no program there is nothing to do for them. Otherwise they start beside the program,
    // and after the policy packs: starting is all processor's work, and the program's own takes longer than both.
    if (withProgram || existsSync(files.state))
      analyzers.then(
        () => started.prestart(),
        () => undefined,
      );
    return started;
  });
  const ground = (async (): Promise<Ground> => {
    const journal = new Journal(await snapshot, preview ? undefined : files.state, crypter);
    const registry = new Registry(await plugins, journal, preview);
    return { config: await config, journal, registry, analyzers: await analyzers };
  })();
  ground.catch(() => undefined);
  const destroying = command === "destroy";
  const planned = { project, stack, preview, parallel, destroying, refresh } as const;
  const deployment = new Deployment(planned, ground, emit);
  engineAddress.resolve(await context.monitor.start(deployment));
  const cancel = () => deployment.cancel();
  options.signal?.addEventListener("abort", cancel);
  if (options.signal?.aborted) cancel();
  try {
    if (withProgram) {
      const address = await engineAddress.promise;
      const settings = { project, stack, config: await config, preview, parallel };
      const addresses = { monitorAddress: address, engineAddress: address };
      const exit = startProgram({ ...settings, ...addresses }, children, output);
      // A program that nobody answers any more is given no time to find out: it is ended with the run.
      const over = deployment.whenAbandoned();
      const ended = await Promise.race([exit, over, ground.then(() => Promise.race([exit, over]))]);
      if (ended !== undefined) await conclude(ended, deployment);
    } else {
      await ground;
      await deployment.finished().catch(() => undefined);
    }
    const { result, outputs } = await deployment.close();
    const seconds = (Date.now() - context.began) / 1000;
    const shown = mask(outputs) as Properties;
    if (result === "succeeded" && !destroying) emit({ type: "outputs", outputs: shown });
    emit({ type: "summary", result, counts: deployment.counts, seconds });
    const { counts, sourcePositions, resources } = deployment;
    return { result, outputs: withoutSecrets(outputs), counts, sourcePositions, resources, seconds };
  } finally {
    options.signal?.removeEventListener("abort", cancel);
  }
}

function startAnalyzers(
  { policyPacks = [] }: RunOptions,
  context: StackContext,
  children: Children,
  output: (line: string) => void,
): Promise<Analyzer[]> {
  return Promise.all(policyPacks.map((pack) => Analyzer.start(pack, context, children, output)));
}

function later<T>() {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((done) => (resolve = done));
  return { promise, resolve };
}

/**
 * Reads settings and state. What can be refused is refused here and now; the slow part, deriving the key of
 * the secrets, is done once, only when it is needed, and while program and plugins start.
 */
function openStack(options: RunOptions, project: Project, files: ReturnType<typeof stackFiles>) {
  const stackFile = readStackFile(project, options.stack);
  const state = readState(files.state, project.name, options.stack);
  const open = (salt: string) => Crypter.open(readPassphrase(files.folder, options.configPassphrase), salt);
  let opening: Promise<Crypter> | undefined;
  const crypter = () => {
    const salt = stackFile.encryptionSalt ?? state?.salt;
    opening ??=
      salt === undefined
        ? Crypter.create(readPassphrase(files.folder, options.configPassphrase))
        : open(salt);
    return opening;
  };
  const config = loadConfig(project, stackFile, crypter);
  const snapshot = (async (): Promise<Snapshot> => {
    if (!state) return { resources: [], operations: [] };
    const salt = stackFile.encryptionSalt;
    // The stack file was given another salt since: the state is read with its own, and written with the new one.
    const changed = state.salt !== undefined && salt !== undefined && state.salt !== salt;
    return state.open(changed ? await open(state.salt as string) : await crypter());
  })();
  config.catch(() => undefined);
  snapshot.catch(() => undefined);
  return { crypter, config, snapshot };
}

async function conclude(exit: number | string, deployment: Deployment): Promise<void> {
  if (exit === 0) return deployment.finished().catch(() => undefined);
  if (deployment.isOver) return;
  if (exit === EXIT_ALREADY_LOGGED && deployment.hasFailed) deployment.stop();
  else deployment.fail("", `the program ended with ${typeof exit === "number" ? `exit code ${exit}` : exit}`);
}

/** Stacks for a real cloud have no local provider: previews are answered by the lab's, changes are the CLI's. */
function choosePlugins(project: Project, command: Command): void {
  if (project.providers.size > 0) return;
  if (command !== "preview") {
    throw new Error(
      `${command}: ${project.folder}/Pulumi.yaml names no local provider, so this stack is for a real cloud; ` +
        `run "pulumi ${command}" with the Pulumi CLI`,
    );
  }
  if (existsSync(LAB_PROVIDER)) LAB_PACKAGES.forEach((name) => project.providers.set(name, LAB_PROVIDER));
}

function commandLine(command: string, options: RunOptions): string {
  return `${command} -s ${options.stack}`;
}

export type { EngineEvent, Lock };
