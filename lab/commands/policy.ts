/** `make policy`: what the policies say about every stack, with no cloud, no credentials, no CLI and no network. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { buildApp } from "../../app/build";
import * as engine from "../../engine";
import { collect, type StackRun } from "../../policies/report/collect";
import { FORMATS, render, type Format } from "../../policies/report/formats";
import { passed, totalOf, type Repository } from "../../policies/report/model";
import { projectDir as labDir, projectOf, repositoryDir } from "./site";

const PROJECTS = [repositoryDir, labDir];
const PACK = join(repositoryDir, "policies");
/** Turns the ledger on: a deployment is told what is wrong, whoever asks for a report gets the whole of it. */
const LEDGER_ON = join(PACK, "report/ledger.json");

export interface PolicyOptions {
  /** A stack of lab/ or of the project itself. @default all of them */
  stack?: string;
  format: string;
  /** A file for the report; people get the table besides. @default standard output */
  output?: string;
}

/** Prints the report; exits with 1 when a stack violates a mandatory policy or cannot be previewed. */
export async function policy(options: PolicyOptions): Promise<void> {
  const format = formatNamed(options.format);
  const stacks = stacksOf(options.stack);
  await buildApp(); // the program's plan holds the bundle's hash
  const reports = (await Promise.all(stacks.map(previewed))).map(collect);
  const repository: Repository = { pages: pagesOf(process.env), help: pageOf };
  const columns = process.stdout.columns ?? 140;
  if (options.output === undefined) process.stdout.write(render(format, reports, repository, columns));
  else {
    writeFileSync(options.output, render(format, reports, repository, columns));
    process.stdout.write(render("table", reports, repository, columns));
  }
  if (format !== "table" && options.output === undefined) console.error(totalOf(reports));
  process.exitCode = reports.every(passed) ? 0 : 1;
}

function formatNamed(name: string): Format {
  const found = FORMATS.find((format) => format === name);
  if (!found) throw new Error(`format: want ${FORMATS.join(", ")}, got ${name}; choose one`);
  return found;
}

/** Every stack of the project, or the named one, with its folder. @throws Error when there is none of that name */
export function stacksOf(name?: string): { stack: string; projectDir: string }[] {
  if (name !== undefined) return [{ stack: name, projectDir: projectOf(name, [labDir, repositoryDir]) }];
  return PROJECTS.flatMap((projectDir) =>
    readdirSync(projectDir)
      .sort()
      .flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? [])
      .map((stack) => ({ stack, projectDir })),
  );
}

async function previewed({ stack, projectDir }: { stack: string; projectDir: string }): Promise<StackRun> {
  const events: engine.EngineEvent[] = [];
  const run = {
    stack,
    folder: relative(repositoryDir, projectDir),
    configuration: readFileSync(join(projectDir, `Pulumi.${stack}.yaml`), "utf8"),
    events,
  };
  try {
    const { sourcePositions } = await engine.preview({
      projectDir,
      stack,
      display: "none",
      policyPacks: [{ path: PACK, config: LEDGER_ON }],
      onEvent: (event) => events.push(event),
    });
    return { ...run, sourcePositions };
  } catch (error) {
    const sourcePositions =
      error instanceof engine.RunFailed ? error.sourcePositions : new Map<string, string>();
    return { ...run, sourcePositions, failure: (error as Error).message };
  }
}

/** In GitHub's workflows, the address of the repository's files at this commit. */
function pagesOf(env: NodeJS.ProcessEnv): string | undefined {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_SHA: commit } = env;
  return server && repository && commit ? `${server}/${repository}/blob/${commit}/` : undefined;
}

/** A rule's page; the policies about exceptions have none. */
function pageOf(policyName: string): string | undefined {
  try {
    return readFileSync(join(repositoryDir, "docs/rules", `${policyName}.md`), "utf8");
  } catch {
    return undefined;
  }
}
