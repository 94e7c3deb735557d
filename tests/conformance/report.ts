/** Counts comparisons and prints a line for each: `ok`, or `differs` with every place at which it does. */
import { describe, type Difference } from "./compare";

export class Report {
  private passed = 0;
  private failed = 0;

  constructor(private readonly print: (line: string) => void) {}

  /** Passes when all differences are documented ones. */
  compare(what: string, found: Difference[]): void {
    const unknown = found.filter(({ known }) => known === undefined);
    const documented = [...new Set(found.flatMap(({ known }) => (known ? [known.reason] : [])))];
    const note = documented.length > 0 ? ` (documented: ${documented.join("; ")})` : "";
    this.check(`${what}${unknown.length === 0 ? note : ""}`, unknown.map(describe));
  }

  /** Passes when nothing is wrong. */
  check(what: string, wrong: string[]): void {
    if (wrong.length === 0) this.passed++;
    else this.failed++;
    this.print(`${wrong.length === 0 ? "ok      " : "differs "} ${what}`);
    for (const line of wrong.flatMap((text) => text.split("\n"))) this.print(`             ${line}`);
  }

  /** @returns whether all passed */
  finish(): boolean {
    this.print(`${this.passed} passed, ${this.failed} failed`);
    return this.failed === 0;
  }
}
