/** The report for people at a terminal. */
import Table from "cli-table3";
import { counts, SEVERITIES, sorted, summaryOf, totalOf, type StackReport } from "./model";

/** @param columns width of the terminal */
export function table(reports: readonly StackReport[], columns: number): string {
  return [...reports.map((report) => stackTables(report, columns)), totalOf(reports), ""].join("\n");
}

function stackTables(report: StackReport, columns: number): string {
  const { stack, error } = report;
  const parts = [`${stack}: ${summaryOf(report)}`];
  if (error !== undefined) parts.push(error.replace(/^/gm, "  "));
  for (const severity of SEVERITIES) {
    const findings = sorted(report.findings).filter((finding) => finding.severity === severity);
    if (findings.length === 0) continue;
    const rows = findings.map(({ policy, level, resource, message }) => [policy, level, resource, message]);
    parts.push(drawn([severity ?? "no severity", "level", "resource", "finding"], rows, columns));
  }
  const { excepted, notApplicable } = counts(report);
  if (excepted > 0) {
    const rows = sorted(report.excepted).map(({ policy, resource, message, reason, owner, expires }) => [
      policy,
      resource,
      `${message}\naccepted until ${expires} by ${owner}: ${reason}`,
    ]);
    parts.push(drawn(["excepted", "resource", "finding"], rows, columns));
  }
  if (notApplicable > 0) {
    const rows = report.notApplicable.map(({ policy, reason }) => [policy, reason]);
    parts.push(drawn(["not applicable", "reason"], rows, columns));
  }
  if (report.ledger.length > 0) {
    const rows = report.ledger.map(({ purpose, from, to, protection, evidence }) => [
      purpose,
      `${from} → ${to}`,
      protection,
      evidence,
    ]);
    parts.push(drawn(["TLS", "hop", "protection", "reason"], rows, columns));
  }
  return parts.join("\n") + "\n";
}

/** The longest text of a kind that gets its own width; more of it is wrapped. */
const WIDEST = 30;

/** A table as wide as the terminal: the column with sentences gets what the others leave. */
function drawn(head: string[], rows: string[][], columns: number): string {
  const sentences = head.includes("finding") ? head.indexOf("finding") : head.indexOf("reason");
  const widths = head.map((title, index) =>
    Math.min(Math.max(title.length, ...rows.map((row) => row[index].length)), WIDEST),
  );
  const borders = 3 * head.length + 1;
  const others = widths.reduce((sum, width, index) => (index === sentences ? sum : sum + width), 0);
  widths[sentences] = Math.max(columns - borders - others, WIDEST);
  const made = new Table({
    head,
    colWidths: widths.map((width) => width + 2),
    style: { head: [], border: [] },
  });
  made.push(...rows.map((row) => row.map((text, index) => wrapped(text, widths[index]))));
  return made.toString();
}

/** Lines of at most `width` characters, broken at spaces, and inside words that are longer than that. */
function wrapped(text: string, width: number): string {
  const line = new RegExp(`(?:.{1,${width}})(?:\\s+|$)|.{1,${width}}`, "g");
  return text
    .split("\n")
    .flatMap((one) => one.match(line) ?? [""])
    .map((one) => one.trimEnd())
    .join("\n");
}
