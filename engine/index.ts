import { createDisplay, type DisplayKind } from "./display";
import { readProject, readStackFile } from "./config";
import { run, stackFiles, type RunOptions, type RunResult } from "./run";
import { Crypter, readPassphrase } from "./secrets";
import { readState } from "./state";
import { STACK_TYPE } from "./urn";
import type { Properties } from "./values";

export { mask } from "./diff";
export type { Counts, EngineEvent, PolicyEvent } from "./events";
export type { PolicyInfo, PolicyLevel, PolicySeverity } from "./policy/info";
export { pairPacks, type PolicyPackOptions } from "./policy/manifest";
export { RunFailed, type RunOptions, type RunResult } from "./run";
export { withoutSecrets, type Properties, type Value } from "./values";

/** Options of the commands that show what they do. */
export interface CommandOptions extends RunOptions {
  /** `auto` draws on a terminal and prints lines elsewhere; `json` prints one event a line; `none` is silent. @default auto */
  display?: DisplayKind;
  /** Shows every changed property with its old and new value. @default true in a preview and a refresh, else false */
  diff?: boolean;
}

/** Shows what `up` would do; changes nothing. @throws RunFailed */
export function preview(options: CommandOptions): Promise<RunResult> {
  return shown(options, true, (shownOptions) => run("preview", shownOptions, true));
}

/** Brings the stack to what the program says. @throws RunFailed; another `up` then goes on from there */
export function up(options: CommandOptions): Promise<RunResult> {
  return shown(options, false, (shownOptions) => run("up", shownOptions, true));
}

/**
 * Deletes everything in the stack.
 * @param options `runProgram`: run the program first, so that its delete hooks exist
 */
export function destroy(options: CommandOptions & { runProgram?: boolean }): Promise<RunResult> {
  return shown(options, false, (shownOptions) => run("destroy", shownOptions, options.runProgram ?? false));
}

/**
 * Makes the state what is really there: what has changed is taken over, what is gone is forgotten. The program
 * does not run, and nothing but the state changes.
 * @throws RunFailed when a resource could not be read; the others have been
 */
export function refresh(options: CommandOptions): Promise<RunResult> {
  return shown(options, true, (shownOptions) => run("refresh", shownOptions, false));
}

/**
 * The outputs of the last `up`, secrets with their marks; undefined when there is no state.
 * @throws Error when the state is not one of this stack
 */
export async function outputs(
  options: Pick<RunOptions, "projectDir" | "stack" | "stateDir" | "configPassphrase">,
): Promise<Properties | undefined> {
  const project = readProject(options.projectDir);
  const files = stackFiles(options);
  const state = readState(files.state, project.name, options.stack);
  if (!state) return undefined;
  const salt = state.salt ?? readStackFile(project, options.stack).encryptionSalt ?? "";
  const { resources } = state.open(
    await Crypter.open(readPassphrase(files.folder, options.configPassphrase), salt),
  );
  return resources.find((resource) => resource.type === STACK_TYPE)?.outputs ?? {};
}

/** One output that is a string. @throws Error when it is missing or of another kind, a secret too */
export function textOutput(outputs: Properties, name: string): string {
  const value = outputs[name];
  if (typeof value !== "string") throw new Error(`output ${name}: want a string, got ${typeof value}`);
  return value;
}

async function shown(
  options: CommandOptions,
  withDiff: boolean,
  work: (options: RunOptions) => Promise<RunResult>,
): Promise<RunResult> {
  const display = createDisplay(options.display ?? "auto", options.diff ?? withDiff);
  try {
    return await work({
      ...options,
      onEvent: (event) => {
        display.show(event);
        options.onEvent?.(event);
      },
    });
  } finally {
    display.close();
  }
}
