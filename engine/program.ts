import { createRequire } from "node:module";
import { join } from "node:path";
import type { Children } from "./children";
import type { Config, Project } from "./config";
import { forEachLine } from "./service";

/** Exit code of a program that has already told its error to the engine. */
export const EXIT_ALREADY_LOGGED = 32;

export interface ProgramOptions {
  project: Project;
  stack: string;
  config: Config;
  monitorAddress: string;
  engineAddress: string;
  preview: boolean;
  parallel: number;
}

/**
 * Starts the Pulumi program, unmodified, the way the CLI's language host does.
 * @returns its exit: resolves with the exit code, or the signal as text
 */
export function startProgram(
  options: ProgramOptions,
  children: Children,
  onOutput: (line: string) => void,
): Promise<number | string> {
  const { project, stack, config, preview } = options;
  const pwd = project.programFolder;
  const args = [
    ...["--monitor", options.monitorAddress, "--engine", options.engineAddress],
    ...["--organization", "organization", "--project", project.name, "--stack", stack],
    ...["--root-directory", project.folder, "--pwd", pwd, "--parallel", String(options.parallel)],
    ...(preview ? ["--dry-run"] : []),
    project.entryPoint,
  ];
  const settings: Record<string, string> = {};
  const secretKeys: string[] = [];
  for (const [key, value] of config) {
    // The form with `:config:` is the one that every release of the SDK reads.
    settings[key.replace(":", ":config:")] = value.text;
    if (value.secret) secretKeys.push(key);
  }
  const child = children.start(locateRunner(pwd, "run"), args, pwd, {
    PULUMI_CONFIG: JSON.stringify(settings),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(secretKeys),
    // TypeScript is loaded by the engine's preload, without checking types: tsc does that.
    PULUMI_NODEJS_TYPESCRIPT: "false",
  });
  forEachLine(child.stdout, onOutput);
  forEachLine(child.stderr, onOutput);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(code ?? signal ?? "unknown"));
  });
}

/**
 * A script that the SDK starts programs or policy packs with. They may have an SDK of their own: the one nearest to
 * them is used, as the CLI does.
 */
export function locateRunner(folder: string, name: "run" | "run-policy-pack"): string {
  const runner = `@pulumi/pulumi/cmd/${name}`;
  try {
    return createRequire(join(folder, "index.js")).resolve(runner);
  } catch {
    return createRequire(__filename).resolve(runner);
  }
}
