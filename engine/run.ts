import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { Children } from "./children";
import { mask } from "./diff";
import { loadConfig, readProject, readStackFile, type Project } from "./config";
import { Deployment, type Ground } from "./deployment";
import { cpus } from "node:os";
import type { Counts, EngineEvent, Listener } from "./events";
import { Journal } from "./journal";
import { takeLock, type Lock } from "./lock";
import { Monitor } from "./monitor";
import { Plugins } from "./plugin";
import { EXIT_ALREADY_LOGGED, startProgram } from "./program";
import { Registry } from "./registry";
import { Crypter, readPassphrase } from "./secrets";
import { readState } from "./state";
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
  /** Aborted: running steps finish, nothing more starts. */
  signal?: AbortSignal;
  /** Opens the stack's secrets. @default see `readPassphrase` */
  configPassphrase?: string;
  /** Gets every event; the display is one. */
  onEvent?: Listener;
}

export interface RunResult {
  counts: Counts;
  /** The stack's outputs, secrets in the clear. */
  outputs: Properties;
  seconds: number;
}

/** A run that did not succeed; what went wrong has been told as events. */
export class RunFailed extends Error {
  constructor(
    readonly result: "failed" | "canceled",
    readonly counts: Counts,
  ) {
    super(result === "failed" ? "the run failed; see the messages above" : "the run was canceled");
  }
}

export type Command = "preview" | "up" | "destroy";

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
 * Runs one command to its end.
 * @param withProgram false deletes from the state alone
 * @throws RunFailed when a step or the program failed or the run was canceled; Error when it could not start
 */
export async function run(command: Command, options: RunOptions, withProgram: boolean): Promise<RunResult> {
  const began = Date.now();
  const project = readProject(options.projectDir);
  const files = stackFiles(options);
  const emit: Listener = (event) => options.onEvent?.(event);
  choosePlugins(project, command);
  const lock = command === "preview" ? undefined : await takeLock(files.lock, commandLine(command, options));
  const children = new Children(lock);
  const monitor = new Monitor();
  try {
    const result = await execute(command, options, withProgram, {
      project,
      files,
      emit,
      children,
      monitor,
      began,
    });
    if (result.outcome !== "succeeded") throw new RunFailed(result.outcome, result.counts);
    return result;
  } finally {
    await children.stop();
    monitor.stop();
    lock?.release();
  }
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
  const { project, emit, children } = context;
  const preview = command === "preview";
  const parallel = options.parallel ?? cpus().length * 4;
  emit({ type: "start", command, project: project.name, stack: options.stack });
  const opened = openStack(options, project, context.files);
  const ground = opened.then(async ({ crypter, config, snapshot }): Promise<Ground> => {
    const journal = new Journal(snapshot, preview ? undefined : context.files.state, crypter);
    return { config, journal, registry: new Registry(await plugins, journal, preview) };
  });
  const destroying = command === "destroy";
  const deployment = new Deployment(
    { project, stack: options.stack, preview, parallel, destroying },
    ground,
    emit,
  );
  const address = context.monitor.start(deployment);
  const plugins = address.then((engine) => {
    const started = new Plugins(project.providers, children, project.folder, engine, (line) =>
      deployment.output(line),
    );
    if (withProgram || existsSync(context.files.state)) started.prestart();
    return started;
  });
  ground.catch(() => undefined);
  const cancel = () => deployment.cancel();
  options.signal?.addEventListener("abort", cancel);
  if (options.signal?.aborted) cancel();
  try {
    if (withProgram) {
      const { config } = await opened;
      const monitorAddress = await address;
      const at = { project, stack: options.stack, config, preview, parallel, monitorAddress };
      const exit = startProgram({ ...at, engineAddress: monitorAddress }, children, (line) =>
        deployment.output(line),
      );
      await Promise.race([ground.then(() => exit), exit]);
      await conclude(await exit, deployment);
    } else {
      await ground;
      await deployment.finished().catch(() => undefined);
    }
    const { result: outcome, outputs } = await deployment.close();
    const seconds = (Date.now() - context.began) / 1000;
    if (outcome === "succeeded" && !destroying)
      emit({ type: "outputs", outputs: mask(outputs) as Properties });
    emit({ type: "summary", result: outcome, counts: deployment.counts, seconds });
    return { outcome, outputs: withoutSecrets(outputs), counts: deployment.counts, seconds };
  } finally {
    options.signal?.removeEventListener("abort", cancel);
  }
}

/** Reads settings and state; the slow part, opening secrets, is done once and only when it is needed. */
async function openStack(options: RunOptions, project: Project, files: ReturnType<typeof stackFiles>) {
  const stackFile = readStackFile(project, options.stack);
  const state = readState(files.state, project.name, options.stack);
  let opening: Promise<Crypter> | undefined;
  const crypter = () => {
    const salt = stackFile.encryptionSalt ?? state?.salt;
    const passphrase = () => readPassphrase(files.folder, options.configPassphrase);
    return (opening ??= salt === undefined ? Crypter.create(passphrase()) : Crypter.open(passphrase(), salt));
  };
  const config = await loadConfig(project, stackFile, crypter);
  const snapshot = state
    ? await openState(state, stackFile.encryptionSalt, crypter, files, options)
    : EMPTY();
  return { crypter, config, snapshot };
}

const EMPTY = () => ({ resources: [], operations: [] });

async function openState(
  state: NonNullable<ReturnType<typeof readState>>,
  salt: string | undefined,
  crypter: () => Promise<Crypter>,
  files: ReturnType<typeof stackFiles>,
  options: RunOptions,
) {
  if (state.salt === undefined || salt === undefined || state.salt === salt)
    return state.open(await crypter());
  // The stack file was given another salt since: the state is read with its own, and written with the new one.
  return state.open(await Crypter.open(readPassphrase(files.folder, options.configPassphrase), state.salt));
}

async function conclude(exit: number | string, deployment: Deployment): Promise<void> {
  if (exit === 0) return deployment.finished().catch(() => undefined);
  if (deployment.isOver) return;
  if (exit === EXIT_ALREADY_LOGGED) deployment.fail("", "the program failed");
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
