import { stripVTControlCharacters } from "node:util";
import type { EngineEvent } from "../../engine";
import type { ExceptedFinding, Finding, Hop, NotApplicable, Place, PolicyInfo, StackReport } from "./model";
import { componentsOf, placeOf, resourceName } from "./place";

type Violation = Extract<EngineEvent, { type: "policy"; kind: "violation" }>;

/** One preview of a stack with the pack, however it ended. */
export interface StackRun {
  stack: string;
  /** Folder of its Pulumi.yaml, from the repository's root; empty for the root itself. */
  folder: string;
  /** Text of its configuration file. */
  configuration: string;
  events: readonly EngineEvent[];
  /** Where the program made each resource, by URN. */
  sourcePositions: ReadonlyMap<string, string>;
  /** Message of what ended the preview early. */
  failure?: string;
}

/** The pack's policy by which it tells of findings that the stack's configuration accepts. */
const EXCEPTED = "excepted";
const EXCEPTED_TEXT =
  /^([a-z0-9-]+): ([\s\S]*) \(excepted until (\d{4}-\d{2}-\d{2}), owner (.*?): ([\s\S]*)\)$/;

/** The pack's policy that lists the site's hops, and what it says of one. */
const LEDGER = "tls-ledger";
const HOP_TEXT = /^(.+?): (.+?) → (.+?): (plain|unverified|verified|unknown): ([\s\S]*)$/;

/** What the SDK says, as an advisory violation, of a policy that met an unknown value where it did not expect one. */
const GAVE_UP = /^can't run policy '/;

/** Makes a stack's report of what its preview told. */
export function collect(run: StackRun): StackReport {
  const policies: PolicyInfo[] = [];
  const findings: Finding[] = [];
  const excepted: ExceptedFinding[] = [];
  const notApplicable: NotApplicable[] = [];
  const ledger: Hop[] = [];
  for (const event of run.events) {
    if (event.type !== "policy") continue;
    if (event.kind === "pack") policies.push(...event.policies);
    else if (event.kind === "not-applicable")
      notApplicable.push({ policy: event.policy, reason: event.reason });
    else if (event.kind === "violation") {
      const hop = event.policy === LEDGER && HOP_TEXT.exec(textOf(event));
      const exception = event.policy === EXCEPTED && EXCEPTED_TEXT.exec(textOf(event));
      if (hop) ledger.push(hopOf(hop));
      else if (!exception) findings.push(findingOf(event, policies, run));
      else {
        const [, policy, message, expires, owner, reason] = exception;
        const finding = findingOf({ ...event, policy, message, severity: undefined }, policies, run);
        excepted.push({ ...finding, reason, owner, expires });
      }
    }
  }
  const pack = run.events.find((event) => event.type === "policy" && event.kind === "pack");
  return {
    stack: run.stack,
    file: configurationFile(run),
    packVersion: pack?.version,
    policies,
    findings,
    excepted,
    notApplicable,
    ledger,
    error: errorOf(run, policies, findings),
  };
}

function findingOf(event: Violation, policies: readonly PolicyInfo[], run: StackRun): Finding {
  const { policy, urn } = event;
  const info = policies.find(({ name }) => name === policy);
  const message = textOf(event);
  // a policy that gave up has not passed: the SDK makes an advisory of it, here it counts as what the policy is
  const gaveUp = GAVE_UP.test(message) && info?.level === "mandatory";
  const where = (of: string) => placeOf(run.sourcePositions.get(of), run.folder);
  return {
    policy,
    level: gaveUp ? "mandatory" : event.level,
    severity: event.severity ?? info?.severity,
    urn,
    resource: resourceName(urn),
    message,
    // The line that made the resource is the innermost, in components/: what is wrong with the resource is written
    // there. Which of several alike it is the message says, and the component's line in index.ts is related.
    place: placeOf(event.sourcePosition, run.folder) ?? where(urn) ?? inConfiguration(run, policy),
    components: componentsOf(urn, run.sourcePositions.keys()).flatMap((component) => where(component) ?? []),
  };
}

function hopOf([, purpose, from, to, protection, evidence]: RegExpExecArray): Hop {
  return { purpose, from, to, protection: protection as Hop["protection"], evidence };
}

/** The message without the policy's description, which the SDK puts before it. */
function textOf({ message, description }: Violation): string {
  return message.startsWith(`${description}\n`) ? message.slice(description.length + 1) : message;
}

function configurationFile({ stack, folder }: StackRun): string {
  return folder === "" ? `Pulumi.${stack}.yaml` : `${folder}/Pulumi.${stack}.yaml`;
}

/** For what no line of the program made: the stack's file, at the exceptions when it is about them. */
function inConfiguration(run: StackRun, policy: string): Place {
  const key = policy.startsWith("exceptions-") ? /^\s*["']?[\w-]+:policyExceptions["']?\s*:/ : /^config\s*:/;
  const line = run.configuration.split("\n").findIndex((text) => key.test(text)) + 1;
  return { file: configurationFile(run), line: Math.max(line, 1) };
}

/** Why a preview is none: what it told as errors, or that it ended without a word, or that no policy ran in it. */
function errorOf(
  run: StackRun,
  policies: readonly PolicyInfo[],
  findings: readonly Finding[],
): string | undefined {
  const errors = run.events.flatMap((event) =>
    event.type === "diagnostic" && event.severity === "error"
      ? stripVTControlCharacters(event.text).trimEnd()
      : [],
  );
  if (run.failure !== undefined && errors.length > 0) return errors.join("\n");
  if (run.failure !== undefined && !findings.some(({ level }) => level === "mandatory")) return run.failure;
  return policies.length === 0 ? "policies: want a pack that ran, got none" : undefined;
}
