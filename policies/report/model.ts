/** What the reports are made of. Everything here is plain data: events go in by `collect`, text comes out of a format. */

export type Severity = "critical" | "high" | "medium" | "low";

/** `mandatory` stops a deployment, `advisory` is told. */
export type Level = "mandatory" | "advisory";

/** A policy of the pack, as the stack's run configured it. */
export interface PolicyInfo {
  name: string;
  /** What must be true, as one sentence. */
  description: string;
  level: Level | "remediate" | "disabled";
  severity?: Severity;
  framework?: { name?: string; version?: string; reference?: string };
  tags: readonly string[];
  /** How to mend it. */
  remediationSteps?: string;
}

/** A line of a file of this repository. */
export interface Place {
  /** From the repository's root, with `/`. */
  file: string;
  /** From 1. */
  line: number;
  /** From 1. */
  column?: number;
}

/** Something that a policy found. */
export interface Finding {
  policy: string;
  level: Level;
  severity?: Severity;
  urn: string;
  /** `lb-1-instance (aws:ec2:Instance)`, or `the stack`. */
  resource: string;
  message: string;
  /** The line of the program that made the resource; of the stack's file for what is wrong with the whole stack. */
  place: Place;
  /** Lines that made the component which the resource is part of, from the inside out. */
  components: readonly Place[];
}

/** A finding that somebody answers for, for a while. */
export interface ExceptedFinding extends Finding {
  reason: string;
  owner: string;
  /** Last day on which it is accepted, `YYYY-MM-DD`. */
  expires: string;
}

/** A policy that had nothing to judge. */
export interface NotApplicable {
  policy: string;
  reason: string;
}

/** One connection that the site's bytes travel on, from the pack's ledger. */
export interface Hop {
  purpose: string;
  from: string;
  to: string;
  protection: "plain" | "unverified" | "verified" | "unknown";
  /** What says so: host, file, line and directive. */
  evidence: string;
}

/** What the policies said about one stack. */
export interface StackReport {
  stack: string;
  /** The stack's configuration, from the repository's root. */
  file: string;
  /** Version of the pack; none when it did not start. */
  packVersion?: string;
  policies: readonly PolicyInfo[];
  findings: readonly Finding[];
  excepted: readonly ExceptedFinding[];
  notApplicable: readonly NotApplicable[];
  /** From clients inwards; empty when the ledger is switched off. */
  ledger: readonly Hop[];
  /** Why the stack could not be previewed; what there is besides it is then not all. */
  error?: string;
}

/** What of the repository the report refers to. */
export interface Repository {
  /** Address of its files at this commit, with a final slash. @default nothing is linked */
  pages?: string;
  /** The page about a policy, as Markdown. */
  help: (policy: string) => string | undefined;
}

export const SEVERITIES: readonly (Severity | undefined)[] = ["critical", "high", "medium", "low", undefined];

/** Findings in the order in which people should read them: the worst first, then by policy and resource. */
export function sorted<T extends Finding>(findings: readonly T[]): T[] {
  const key = (finding: T) =>
    [
      SEVERITIES.indexOf(finding.severity),
      finding.level === "mandatory" ? 0 : 1,
      finding.policy,
      finding.urn,
      finding.message,
    ].join("\0");
  return [...findings].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** A stack whose deployment nothing would stop. */
export function passed(report: StackReport): boolean {
  return report.error === undefined && report.findings.every(({ level }) => level !== "mandatory");
}

/** The policies that found something, had nothing to judge, or were content; without those that are switched off. */
export function counts(report: StackReport) {
  const count = (level: Level) => report.findings.filter((finding) => finding.level === level).length;
  return {
    policies: report.policies.filter(({ level }) => level !== "disabled").length,
    mandatory: count("mandatory"),
    advisory: count("advisory"),
    excepted: report.excepted.length,
    notApplicable: report.notApplicable.length,
  };
}

/** `failed: 3 mandatory and 1 advisory finding of 21 policies, 2 excepted, 4 not applicable`. */
export function summaryOf(report: StackReport): string {
  if (report.error !== undefined) return "could not be previewed";
  const { policies, mandatory, advisory, excepted, notApplicable } = counts(report);
  const found = [
    mandatory > 0 || advisory === 0 ? `${mandatory} mandatory` : "",
    advisory > 0 ? `${advisory} advisory` : "",
  ];
  const noun = (advisory || mandatory) === 1 ? "finding" : "findings";
  const parts = [
    mandatory + advisory === 0 ? "no findings" : `${found.filter(Boolean).join(" and ")} ${noun}`,
    ...(excepted > 0 ? [`${excepted} excepted`] : []),
    ...(notApplicable > 0 ? [`${notApplicable} not applicable`] : []),
  ];
  return `${passed(report) ? "passed" : "failed"}: ${parts.join(", ")} (${policies} policies)`;
}

/** One line for all stacks together. */
export function totalOf(reports: readonly StackReport[]): string {
  const failed = reports.filter((report) => !passed(report)).map(({ stack }) => stack);
  const all = `${reports.length} ${reports.length === 1 ? "stack" : "stacks"}`;
  return failed.length === 0 ? `${all} passed` : `${all}, ${failed.length} failed: ${failed.join(", ")}`;
}
