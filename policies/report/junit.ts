/** JUnit's XML, which test reporters of CI systems read: a suite for each stack, a case for each policy. */
import { XMLBuilder } from "fast-xml-parser";
import { sorted, summaryOf, type Finding, type PolicyInfo, type StackReport } from "./model";

interface Case {
  "@name": string;
  "@classname": string;
  failure?: { "@message": string; "@type": string; "#text": string };
  error?: { "@message": string; "@type": string; "#text": string };
  skipped?: { "@message": string };
  "system-out"?: string;
}

export function junit(reports: readonly StackReport[]): string {
  const suites = reports.map(suiteOf);
  const sum = (key: "@tests" | "@failures" | "@errors" | "@skipped") =>
    suites.reduce((total, suite) => total + suite[key], 0);
  const document = {
    "?xml": { "@version": "1.0", "@encoding": "UTF-8" },
    testsuites: {
      "@name": "policies",
      "@tests": sum("@tests"),
      "@failures": sum("@failures"),
      "@errors": sum("@errors"),
      testsuite: suites,
    },
  };
  const options = {
    ignoreAttributes: false,
    attributeNamePrefix: "@",
    format: true,
    suppressEmptyNode: true,
  };
  return new XMLBuilder(options).build(printable(document));
}

function suiteOf(report: StackReport) {
  const classname = `policies.${report.stack}`;
  const preview: Case = { "@name": "preview", "@classname": classname };
  if (report.error !== undefined)
    preview.error = { "@message": summaryOf(report), "@type": "preview", "#text": report.error };
  const cases = [preview, ...report.policies.map((policy) => caseOf(policy, report, classname))];
  return {
    "@name": report.stack,
    "@tests": cases.length,
    "@failures": cases.filter((one) => one.failure).length,
    "@errors": cases.filter((one) => one.error).length,
    "@skipped": cases.filter((one) => one.skipped).length,
    testcase: cases,
  };
}

/** Only what stops a deployment fails its case; advice and what is excepted is told in the case's output. */
function caseOf(policy: PolicyInfo, report: StackReport, classname: string): Case {
  const made: Case = { "@name": policy.name, "@classname": classname };
  const of = <T extends Finding>(findings: readonly T[]) =>
    sorted(findings).filter((finding) => finding.policy === policy.name);
  const failures = of(report.findings).filter(({ level }) => level === "mandatory");
  const told = [
    ...of(report.findings)
      .filter(({ level }) => level !== "mandatory")
      .map(lineOf),
    ...of(report.excepted).map(
      (one) => `${lineOf(one)} (excepted until ${one.expires}, owner ${one.owner}: ${one.reason})`,
    ),
  ];
  const reason = report.notApplicable.find((one) => one.policy === policy.name)?.reason;
  if (failures.length > 0)
    made.failure = {
      "@message": failures.length === 1 ? failures[0].message : `${failures.length} findings`,
      "@type": policy.severity ?? "mandatory",
      "#text": failures.map(lineOf).join("\n"),
    };
  else if (policy.level === "disabled") made.skipped = { "@message": "switched off by configuration" };
  else if (reason !== undefined) made.skipped = { "@message": reason };
  else if (report.error !== undefined) made.skipped = { "@message": "the stack could not be previewed" };
  if (told.length > 0) made["system-out"] = told.join("\n");
  return made;
}

function lineOf({ place, message }: Finding): string {
  return `${place.file}:${place.line}: ${message}`;
}

/** XML 1.0 has no way to write most control characters. */
function printable<T>(value: T): T {
  // eslint-disable-next-line no-control-regex
  if (typeof value === "string") return value.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "�") as T;
  if (Array.isArray(value)) return value.map(printable) as T;
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, printable(member)])) as T;
}
