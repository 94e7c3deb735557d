/** SARIF 2.1.0, which code scanning shows on the lines of a pull request. */
import { createHash } from "node:crypto";
import type { Location, Log, ReportingDescriptor, Result, Run } from "sarif";
import { sorted, type ExceptedFinding, type Finding, type StackReport } from "./model";
import type { Place, PolicyInfo, Repository, Severity } from "./model";

/** In the middle of the ranges that GitHub calls critical (over 9.0), high (7.0), medium (4.0) and low. */
const SCORES: Record<Severity, string> = { critical: "9.5", high: "8.0", medium: "5.5", low: "2.0" };

const SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json";

export function sarif(reports: readonly StackReport[], repository: Repository): string {
  const log: Log = {
    $schema: SCHEMA,
    version: "2.1.0",
    runs: reports.map((report) => runOf(report, repository)),
  };
  return JSON.stringify(log, undefined, 2) + "\n";
}

function runOf(report: StackReport, repository: Repository): Run {
  const { stack, file, packVersion, error, policies } = report;
  const driver = {
    name: "foobar-policies",
    ...(packVersion && { semanticVersion: packVersion }),
    ...(repository.pages && { informationUri: `${repository.pages}docs/policies.md` }),
  };
  const rules = policies.map((policy) => ruleOf(policy, repository));
  const occurrences = new Map<string, number>();
  const result = (finding: Finding | ExceptedFinding) => resultOf(finding, rules, occurrences);
  return {
    tool: { driver: { ...driver, rules } },
    // one category for each stack: an upload replaces what the same stack had before, and nothing else
    automationDetails: { id: `policies/${stack}/` },
    originalUriBaseIds: { "%SRCROOT%": { description: { text: "The repository's root" } } },
    invocations: [
      {
        executionSuccessful: error === undefined,
        ...(error !== undefined && {
          toolExecutionNotifications: [
            { level: "error", message: { text: error }, locations: [locationOf({ file, line: 1 })] },
          ],
        }),
      },
    ],
    results: [...sorted(report.findings).map(result), ...sorted(report.excepted).map(result)],
  };
}

function ruleOf(policy: PolicyInfo, { pages, help }: Repository): ReportingDescriptor {
  const { name, description, severity, framework, remediationSteps } = policy;
  const markdown = help(name);
  const page = markdown === undefined ? undefined : `docs/rules/${name}.md`;
  const control = framework && [framework.name, framework.version, framework.reference].filter(Boolean);
  return {
    id: name,
    shortDescription: { text: description },
    fullDescription: { text: description },
    help: { text: remediationSteps ?? description, ...(markdown && { markdown }) },
    ...(pages && page && { helpUri: `${pages}${page}` }),
    defaultConfiguration: {
      enabled: policy.level !== "disabled",
      level: policy.level === "advisory" ? "warning" : "error",
    },
    properties: {
      tags: [...new Set(["security", ...policy.tags, ...(control ? [control.join(" ")] : [])])],
      ...(page && { page }),
      ...(severity && { "security-severity": SCORES[severity] }),
      "problem.severity": policy.level === "advisory" ? "warning" : "error",
      precision: "very-high",
    },
  };
}

function resultOf(
  finding: Finding | ExceptedFinding,
  rules: readonly ReportingDescriptor[],
  occurrences: Map<string, number>,
): Result {
  const { policy, level, urn, message, place, components } = finding;
  const ruleIndex = rules.findIndex(({ id }) => id === policy);
  const excepted = "expires" in finding;
  return {
    ruleId: policy,
    ...(ruleIndex >= 0 && { ruleIndex }),
    level: excepted ? "note" : level === "mandatory" ? "error" : "warning",
    message: { text: linking(message, components) },
    locations: [{ ...locationOf(place), logicalLocations: [{ fullyQualifiedName: urn, kind: "resource" }] }],
    ...(components.length > 0 && {
      relatedLocations: components.map((component, index) => ({
        id: index + 1,
        ...locationOf(component),
        message: { text: "made by this component" },
      })),
    }),
    // Of the resource and not of the line: three hosts are made by one line of the program, and stay three alerts;
    // a line that moves, or a value in the message, makes no new one. GitHub looks at this key only.
    partialFingerprints: { primaryLocationLineHash: fingerprint(policy, urn, occurrences) },
    ...(excepted && {
      suppressions: [
        {
          kind: "external",
          status: "accepted",
          justification: `${finding.reason} (${finding.owner}, until ${finding.expires})`,
        },
      ],
    }),
  };
}

/** GitHub shows related locations only where the message links to them; other brackets are escaped (SARIF 3.11.6). */
function linking(message: string, components: readonly Place[]): string {
  const text = message.replace(/[[\]]/g, "\\$&");
  if (components.length === 0) return text;
  const links = components.map(({ file, line }, index) => `[${file}:${line}](${index + 1})`);
  return `${text}; see ${links.join(", ")}`;
}

function fingerprint(policy: string, urn: string, occurrences: Map<string, number>): string {
  const hash = createHash("sha256").update(`${policy}\0${urn}`).digest("hex").slice(0, 16);
  const occurrence = (occurrences.get(hash) ?? 0) + 1;
  occurrences.set(hash, occurrence);
  return `${hash}:${occurrence}`;
}

function locationOf({ file, line, column }: Place): Location {
  return {
    physicalLocation: {
      artifactLocation: { uri: encodeURI(file), uriBaseId: "%SRCROOT%" },
      region: { startLine: line, ...(column && { startColumn: column }) },
    },
  };
}
