/** The lab for real: brought up, read, handed to the other side and destroyed, by the CLI and then by the engine. */
import { down } from "../../lab/cloud/client";
import { files } from "../../lab/cloud/files";
import { readStore } from "../../lab/cloud/store";
import { waitForSite } from "../../lab/commands/site";
import type { Cli } from "./cli";
import { differences, isEmpty } from "./compare";
import { translator } from "./made-up";
import { recordsOf } from "./normal";
import { breaches } from "./order";
import type { Report } from "./report";
import type { Observed, Side, Stage } from "./side";

const LIFE: Stage[] = [{ command: "up" }, { command: "refresh" }, { command: "preview" }];
const DESTROY: Stage = { command: "destroy", runProgram: true };
/** Without it the last database waits for another one to serve, as in a replacement. */
const TEARDOWN = "foobar:teardown";
const ANSWER_SECONDS = 60;

/** What both sides must agree on, by the words for it. */
const PARTS = {
  succeeded: "result",
  plan: "plan",
  resources: "resources: URNs, inputs, outputs, options",
  outputs: "outputs",
  planned: "inputs and outputs that it foresees",
  policies: "policy results",
} as const;

/** One side's run of the lab. */
export interface Turn {
  side: Side;
  /** Hands the state of the running lab to the other side. */
  move: () => Promise<void>;
}

/**
 * Compares both turns. One after the other: the machine has one lab, which is down before and after.
 * @param settings writes the stack's settings, as a user does
 */
export async function compareRunning(turns: [Turn, Turn], settings: Cli, report: Report): Promise<void> {
  const theirs = await live(turns[0], settings, report);
  const ours = await live(turns[1], settings, report);
  // What an up has made is what all later commands speak of.
  const translate = translator(theirs[0].state, ours[0].state);
  for (const [at, { command }] of [...LIFE, DESTROY].entries()) {
    const what = `the running lab: ${command}`;
    const [their, our] = [translate.theirs(factsOf(theirs[at])), translate.ours(factsOf(ours[at]))];
    for (const part of Object.keys(PARTS) as (keyof typeof PARTS)[]) {
      if (isEmpty(their[part]) && isEmpty(our[part])) continue;
      report.compare(`${what}: ${PARTS[part]}`, differences(their[part], our[part], part));
    }
    for (const [name, seen] of Object.entries({ CLI: theirs, engine: ours })) {
      const found = breaches(seen[at].steps, seen[at - 1]?.state ?? [], seen[at].state, (urn) => urn);
      report.check(`${what}: no breach of the order of dependencies, ${name}`, found);
    }
  }
}

function factsOf({ succeeded, plan, state, outputs, planned, policies }: Observed) {
  const texts = policies.map(({ about, text }) => `${about}: ${text}`).sort();
  return { succeeded, plan, resources: recordsOf(state), outputs, planned, policies: texts };
}

async function live({ side, move }: Turn, settings: Cli, report: Report): Promise<Observed[]> {
  const what = `the running lab: ${side.name}`;
  const seen: Observed[] = [];
  const run = async (stage: Stage) => {
    const observed = await side.run(stage);
    seen.push(observed);
    const wrong = observed.errors.map(({ about, text }) => `${about}: ${text}`);
    report.check(`${what}: ${stage.command} goes through`, observed.succeeded ? [] : ["failed", ...wrong]);
  };
  try {
    for (const stage of LIFE) await run(stage);
    report.check(`${what}: the site answers`, await problemsOf(seen[0]));
    const cloud = inventory();
    await move();
    report.compare(`${what}: the cloud is as before the moves`, differences(cloud, inventory(), "cloud"));
    await settings.set(TEARDOWN, "true");
    await run(DESTROY);
    await settings.unset(TEARDOWN);
    report.check(`${what}: destroy leaves nothing in the cloud`, Object.keys(inventory()));
    return seen;
  } finally {
    await down();
  }
}

/** Everything that there is in the lab's cloud, by kind and id. */
function inventory(): Record<string, unknown> {
  return Object.fromEntries(
    readStore(files.store()).map((resource) => [`${resource.kind} ${resource.id}`, resource]),
  );
}

async function problemsOf({ outputs }: Observed): Promise<string[]> {
  const { url, caCertificate } = outputs as Record<string, string>;
  return waitForSite({
    siteName: new URL(url).hostname,
    ca: caCertificate,
    deadlineSec: ANSWER_SECONDS,
  }).then(
    () => [],
    (error: Error) => [error.message],
  );
}
