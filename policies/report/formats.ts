import { json } from "./json";
import { junit } from "./junit";
import { markdown } from "./markdown";
import type { Repository, StackReport } from "./model";
import { sarif } from "./sarif";
import { table } from "./table";

export const FORMATS = ["table", "sarif", "junit", "json", "markdown"] as const;
export type Format = (typeof FORMATS)[number];

/** Writes the report down. @param columns width of a table */
export function render(
  format: Format,
  reports: readonly StackReport[],
  repository: Repository,
  columns: number,
): string {
  switch (format) {
    case "table":
      return table(reports, columns);
    case "sarif":
      return sarif(reports, repository);
    case "junit":
      return junit(reports);
    case "json":
      return json(reports);
    case "markdown":
      return markdown(reports, repository);
  }
}
