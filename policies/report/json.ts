/** The report for programs. Its shape is described in docs/policies.md; fields are added, never renamed. */
import { counts, passed, sorted, type StackReport } from "./model";

export function json(reports: readonly StackReport[]): string {
  const stacks = reports.map((report) => {
    const { stack, file, packVersion, error, policies, findings, excepted, notApplicable, ledger } = report;
    return {
      stack,
      file,
      passed: passed(report),
      error: error ?? null,
      packVersion: packVersion ?? null,
      counts: counts(report),
      findings: sorted(findings),
      excepted: sorted(excepted),
      notApplicable,
      ledger,
      policies,
    };
  });
  return JSON.stringify({ version: 1, passed: reports.every(passed), stacks }, undefined, 2) + "\n";
}
