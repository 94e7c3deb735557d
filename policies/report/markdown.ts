/** The report for a job summary: a line for each stack, and tables only where there is something to read. */
import { counts, sorted, summaryOf, totalOf } from "./model";
import type { Place, Repository, StackReport } from "./model";

export function markdown(reports: readonly StackReport[], repository: Repository): string {
  return [
    `## Policies: ${totalOf(reports)}\n`,
    ...reports.map((report) => stackSection(report, repository)),
  ].join("\n");
}

function stackSection(report: StackReport, { pages, help }: Repository): string {
  const { stack, error } = report;
  const rule = (policy: string) =>
    linked(policy, `docs/rules/${policy}.md`, help(policy) === undefined ? undefined : pages);
  const place = ({ file, line }: Place) => linked(`${file}:${line}`, `${file}#L${line}`, pages);
  const parts = [`**${escaped(stack)}** ${escaped(summaryOf(report))}\n`];
  if (error !== undefined) parts.push(fenced(error));
  const findings = sorted(report.findings).map((finding) => [
    finding.severity ?? "",
    rule(finding.policy),
    finding.level,
    escaped(finding.resource),
    escaped(finding.message),
    place(finding.place),
  ]);
  if (findings.length > 0)
    parts.push(rows(["severity", "rule", "level", "resource", "finding", "made at"], findings));
  const { excepted, notApplicable } = counts(report);
  if (excepted > 0)
    parts.push(
      folded(
        `${excepted} excepted`,
        rows(
          ["rule", "resource", "finding", "reason", "owner", "until"],
          sorted(report.excepted).map(({ policy, resource, message, reason, owner, expires }) => [
            rule(policy),
            ...[resource, message, reason, owner, expires].map(escaped),
          ]),
        ),
      ),
    );
  if (notApplicable > 0)
    parts.push(
      folded(
        `${notApplicable} not applicable`,
        rows(
          ["rule", "reason"],
          report.notApplicable.map(({ policy, reason }) => [rule(policy), escaped(reason)]),
        ),
      ),
    );
  if (report.ledger.length > 0)
    parts.push(
      folded(
        `${report.ledger.length} hops and how they are protected`,
        rows(
          ["what", "from", "to", "protection", "by"],
          report.ledger.map(({ purpose, from, to, protection, evidence }) =>
            [purpose, from, to, protection, evidence].map(escaped),
          ),
        ),
      ),
    );
  return parts.join("\n");
}

function rows(head: string[], body: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(" | ")} |\n`;
  return [head, head.map(() => "---"), ...body].map(line).join("");
}

function folded(summary: string, body: string): string {
  return `<details><summary>${summary}</summary>\n\n${body}\n</details>\n`;
}

/** A fence longer than any in the text. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}\n${text}\n${fence}\n`;
}

function linked(text: string, target: string, pages: string | undefined): string {
  return pages === undefined ? escaped(text) : `[${escaped(text)}](${pages}${target})`;
}

/** Text that stays as it is inside a table of GitHub's Markdown. */
function escaped(text: string): string {
  return text
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/[\\`*_[\]|~#]/g, "\\$&")
    .replace(/\s*\n\s*/g, "<br>");
}
