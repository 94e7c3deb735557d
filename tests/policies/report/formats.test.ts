import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { json } from "../../../policies/report/json";
import { junit } from "../../../policies/report/junit";
import { markdown } from "../../../policies/report/markdown";
import { table } from "../../../policies/report/table";
import { collect } from "../../../policies/report/collect";
import { cleanRun, reports, repository } from "./fixture";

/** Compares with a file of golden/; UPDATE_GOLDEN=1 writes it instead. */
function expectGolden(name: string, text: string): void {
  const file = join(__dirname, "golden", name);
  if (process.env.UPDATE_GOLDEN) writeFileSync(file, text);
  expect(text).toBe(readFileSync(file, "utf8"));
}

test("people get a table for each severity, what is excepted and by whom, and what does not apply", () => {
  expectGolden("report.txt", table(reports(), 120));
});

test("a table is as wide as the terminal, also when a word is longer than its column", () => {
  const long = reports().map((report) => ({
    ...report,
    findings: report.findings.map((finding) => ({ ...finding, message: "x".repeat(300) })),
  }));
  for (const columns of [120, 160]) {
    const lines = table(long, columns)
      .split("\n")
      .filter((line) => line.includes("│"));
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
    expect(lines.join("")).not.toContain("…");
    expect(lines.join("").match(/x/g)?.length).toBeGreaterThanOrEqual(5 * 300);
  }
});

test("a job's summary shows every text as it is, and links rules and lines", () => {
  expectGolden("report.md", markdown(reports(), repository));
});

test("a job's summary is short when there is nothing to say", () => {
  expect(markdown([collect(cleanRun())], repository)).toBe(
    "## Policies: 1 stack passed\n\n**dev** passed: no findings (6 policies)\n",
  );
});

test("programs get all of it as JSON", () => {
  expectGolden("report.json", json(reports()));
});

test("JUnit's XML is well formed, and counts what it holds", () => {
  const xml = junit(reports());
  expectGolden("report.xml", xml);
  expect(XMLValidator.validate(xml)).toBe(true);
  const read = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: "" }).parse(xml) as {
    testsuites: Record<string, string> & { testsuite: (Record<string, string> & { testcase: object[] })[] };
  };
  const suites = read.testsuites.testsuite;
  expect(suites.map(({ name }) => name)).toEqual(["baseline", "dev", "prod"]);
  for (const suite of suites) {
    const having = (kind: string) => String(suite.testcase.filter((one) => kind in one).length);
    expect(suite.tests).toBe(String(suite.testcase.length));
    expect(suite.failures).toBe(having("failure"));
    expect(suite.errors).toBe(having("error"));
    expect(suite.skipped).toBe(having("skipped"));
  }
  expect(read.testsuites).toMatchObject({ tests: "24", failures: "3", errors: "1" });
});
