import "@microsoft/jest-sarif";
import { toBeValidSarifLog } from "@microsoft/jest-sarif";
import type { Log } from "sarif";
import { sarif } from "../../../policies/report/sarif";
import { reports, repository, URNS } from "./fixture";

expect.extend({ toBeValidSarifLog });

const log = JSON.parse(sarif(reports(), repository)) as Log;

test("the log is valid by the schema of SARIF 2.1.0", () => {
  expect(log).toBeValidSarifLog();
  expect({ ...log, version: "2.0.0" }).not.toBeValidSarifLog();
});

test("there is one run for each stack, of a category of its own", () => {
  expect(log.runs.map((run) => run.automationDetails?.id)).toEqual([
    "policies/baseline/",
    "policies/dev/",
    "policies/prod/",
  ]);
});

test("a rule has its help, its page, its score and its tags", () => {
  const rule = log.runs[0].tool.driver.rules?.find(({ id }) => id === "encrypted-at-rest");
  expect(rule).toMatchObject({
    help: { text: "Disks are encrypted", markdown: "# encrypted-at-rest\n" },
    helpUri: "https://github.com/foobar/site/blob/0123abc/docs/rules/encrypted-at-rest.md",
    defaultConfiguration: { enabled: true, level: "error" },
    properties: { "security-severity": "8.0", tags: ["security"], page: "docs/rules/encrypted-at-rest.md" },
  });
  const levels = log.runs[0].tool.driver.rules?.map(({ defaultConfiguration: made }) => [
    made?.enabled,
    made?.level,
  ]);
  expect(levels?.slice(2, 5)).toEqual([
    [true, "warning"],
    [true, "error"],
    [false, "error"],
  ]);
});

test("without the repository's address no rule claims one, because helpUri has to be whole", () => {
  const local = JSON.parse(sarif(reports(), { help: repository.help })) as Log;
  expect(local).toBeValidSarifLog();
  expect(local.runs[0].tool.driver.rules?.some((rule) => rule.helpUri !== undefined)).toBe(false);
});

test("a result points at the line that made the resource, and links to the lines that made its components", () => {
  const result = log.runs[0].results?.[0];
  expect(result).toMatchObject({
    ruleId: "no-single-point-of-failure",
    ruleIndex: 0,
    level: "error",
    message: {
      text: "lb-1 is alone in its zone; see [components/load-balancer.ts:58](1), [index.ts:120](2)",
    },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: "components/host.ts", uriBaseId: "%SRCROOT%" },
          region: { startLine: 64, startColumn: 22 },
        },
        logicalLocations: [{ fullyQualifiedName: URNS.instance }],
      },
    ],
  });
  expect(
    result?.relatedLocations?.map((location) => location.physicalLocation?.artifactLocation?.uri),
  ).toEqual(["components/load-balancer.ts", "index.ts"]);
});

test("brackets of a message that are no link are escaped", () => {
  expect(log.runs[0].results?.[2].message.text).toBe("data: kmsKeyId is not set; | `set` <it> \\[now\\]");
});

test("fingerprints tell findings apart, and do not change with lines and messages", () => {
  const prints = (from: Log) =>
    from.runs[0].results?.map((result) => result.partialFingerprints?.primaryLocationLineHash);
  const first = prints(log) ?? [];
  expect(new Set(first).size).toBe(6);
  const moved = reports().map((report) => ({
    ...report,
    findings: report.findings.map((one) => ({
      ...one,
      place: { ...one.place, line: 999 },
      message: `${one.message}!`,
    })),
  }));
  expect(prints(JSON.parse(sarif(moved, repository)) as Log)).toEqual(first);
});

test("an excepted finding is a note of its own rule, suppressed with the reason", () => {
  expect(log.runs[0].results?.[5]).toMatchObject({
    ruleId: "encrypted-at-rest",
    level: "note",
    suppressions: [
      {
        kind: "external",
        status: "accepted",
        justification: "holds nothing (yet) (ops@foobar.com, until 2027-03-31)",
      },
    ],
  });
});

test("a stack that could not be previewed is a run that failed, with the message", () => {
  expect(log.runs[2].invocations?.[0]).toMatchObject({
    executionSuccessful: false,
    toolExecutionNotifications: [
      { level: "error", message: { text: expect.stringContaining("TypeError: <cannot> read") as string } },
    ],
  });
  expect(log.runs[1].invocations?.[0]).toEqual({ executionSuccessful: true });
});
