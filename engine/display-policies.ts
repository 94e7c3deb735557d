import { changeLines, nameOf } from "./display-text";
import type { PolicyEvent } from "./events";

type Pack = Extract<PolicyEvent, { kind: "pack" }>;
type Violation = Extract<PolicyEvent, { kind: "violation" }>;
type Remediation = Extract<PolicyEvent, { kind: "remediation" }>;

/** A line, and whether it is about something mandatory, advisory, or neither. */
export interface PolicyLine {
  text: string;
  level?: "mandatory" | "advisory";
}

const SEVERITIES = ["critical", "high", "medium", "low"];

/** Keeps what policies say until a run's resources have been shown. */
export class PolicySection {
  private events: PolicyEvent[] = [];

  add(event: PolicyEvent): void {
    this.events.push(event);
  }

  /** The section for people, once; empty without policy packs. `diff`: with what remediations changed. */
  take(diff: boolean): PolicyLine[] {
    const events = this.events.splice(0);
    const packs = events.filter((event) => event.kind === "pack");
    if (packs.length === 0) return [];
    return [{ text: "Policies:" }, ...packs.flatMap((pack) => packLines(pack, events, diff))];
  }
}

function packLines(pack: Pack, events: PolicyEvent[], diff: boolean): PolicyLine[] {
  const own = events.filter((event) => event.pack === pack.pack && event.version === pack.version);
  const violations = own.filter((event) => event.kind === "violation").sort(byWeight);
  const remediations = own.filter((event) => event.kind === "remediation");
  const mandatory = violations.filter(({ level }) => level === "mandatory").length;
  const counts = [
    count(mandatory, "mandatory violation"),
    count(violations.length - mandatory, "advisory violation"),
    count(remediations.length, "remediation"),
  ].filter((text) => text !== "");
  const result = counts.length > 0 ? counts.join(", ") : "no violations";
  const level = mandatory > 0 ? "mandatory" : violations.length > 0 ? "advisory" : undefined;
  return [
    { text: `    ${pack.pack}@v${pack.version} (local: ${pack.path}): ${result}`, level },
    ...remediations.flatMap((event) => remediationLines(event, diff)),
    ...violations.flatMap(violationLines),
  ];
}

function remediationLines(event: Remediation, diff: boolean): PolicyLine[] {
  const changes = diff ? changeLines(event.changes) : [];
  const paths = diff ? "" : ` [${event.changes.map(({ path }) => path).join(", ")}]`;
  const head = `        - [remediate]  ${event.policy}  (${nameOf(event.urn)})${paths}`;
  return [{ text: head }, ...changes.map((text) => ({ text: `          ${text}` }))];
}

function violationLines(event: Violation): PolicyLine[] {
  const severity = event.severity === undefined ? "" : ` [severity: ${event.severity}]`;
  const head = `        - [${event.level}]${severity}  ${event.policy}  (${nameOf(event.urn)})`;
  const message = event.message.trimEnd().split("\n");
  return [{ text: head, level: event.level }, ...message.map((line) => ({ text: `          ${line}` }))];
}

/** Mandatory first, then the most severe, then by name. */
function byWeight(a: Violation, b: Violation): number {
  const rank = ({ level, severity }: Violation) =>
    (level === "mandatory" ? 0 : 10) + (severity === undefined ? 5 : SEVERITIES.indexOf(severity));
  return rank(a) - rank(b) || compare(a.policy, b.policy) || compare(a.urn, b.urn);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function count(number: number, what: string): string {
  return number === 0 ? "" : `${number} ${what}${number === 1 ? "" : "s"}`;
}
