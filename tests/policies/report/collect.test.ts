import { collect } from "../../../policies/report/collect";
import { passed, sorted, summaryOf, totalOf } from "../../../policies/report/model";
import { brokenRun, cleanRun, fullRun, packEvent, reports, URNS, violationEvent } from "./fixture";

test("a finding has the text without the description, the severity of its policy, and a name that people read", () => {
  const [finding] = collect(fullRun()).findings;
  expect(finding).toEqual({
    policy: "encrypted-at-rest",
    level: "mandatory",
    severity: "high",
    urn: URNS.volume,
    resource: "data | <b> (aws:ebs:Volume)",
    message: "data: kmsKeyId is not set; | `set` <it> [now]",
    place: { file: "components/volume.ts", line: 7 },
    components: [],
  });
});

test("a finding is where the resource was made, and names the lines that made its components, from the inside out", () => {
  const finding = collect(fullRun()).findings.find(({ urn }) => urn === URNS.instance);
  expect(finding?.place).toEqual({ file: "components/host.ts", line: 64, column: 22 });
  expect(finding?.components).toEqual([
    { file: "components/load-balancer.ts", line: 58, column: 17 },
    { file: "index.ts", line: 120, column: 5 },
  ]);
});

test("what no line of the program made is in the stack's file, and what is wrong with an exception is at the exceptions", () => {
  const { findings } = collect(fullRun());
  const place = (policy: string) => findings.find((finding) => finding.policy === policy)?.place;
  expect(place("diverse-versions")).toEqual({ file: "lab/Pulumi.baseline.yaml", line: 2 });
  expect(place("exceptions-valid")).toEqual({ file: "lab/Pulumi.baseline.yaml", line: 4 });
});

test("an excepted finding is no finding, and has its own rule, reason, owner and last day", () => {
  const report = collect(fullRun());
  expect(report.findings.some(({ policy }) => policy === "excepted")).toBe(false);
  expect(report.excepted).toEqual([
    expect.objectContaining({
      policy: "encrypted-at-rest",
      severity: "high",
      resource: "lb-1-instance (aws:ec2:Instance)",
      message: "lb-1-root is not encrypted (flaw: nothing is)",
      expires: "2027-03-31",
      owner: "ops@foobar.com",
      reason: "holds nothing (yet)",
    }),
  ]);
});

test("an exception that cannot be read stays a finding", () => {
  const event = violationEvent("excepted", "something else", URNS.stack, { level: "advisory" });
  const report = collect({ ...cleanRun(), events: [packEvent(), event] });
  expect(report.excepted).toEqual([]);
  expect(report.findings.map(({ message }) => message)).toEqual(["something else"]);
});

test("a mandatory policy that could not be run has not passed, though the SDK calls it advice", () => {
  const gaveUp = "can't run policy 'encrypted-at-rest' from policy pack 'foobar' during preview: unknown";
  const event = violationEvent("encrypted-at-rest", gaveUp, URNS.volume, { level: "advisory" });
  const report = collect({ ...cleanRun(), events: [packEvent(), event] });
  expect(report.findings[0].level).toBe("mandatory");
  expect(passed(report)).toBe(false);
});

test("a stack with mandatory findings was previewed; one whose program failed was not, and says why", () => {
  expect(collect(fullRun()).error).toBeUndefined();
  expect(collect(brokenRun()).error).toContain("TypeError: <cannot> read `properties`");
});

test("a preview that ended without a word, or in which no pack ran, is an error", () => {
  expect(collect({ ...cleanRun(), failure: "no provider" }).error).toBe("no provider");
  expect(collect({ ...cleanRun(), events: [] }).error).toBe("policies: want a pack that ran, got none");
});

test("the worst comes first", () => {
  const [full] = reports();
  expect(sorted(full.findings).map(({ policy, message }) => `${policy}: ${message}`)).toEqual([
    "no-single-point-of-failure: lb-1 is alone in its zone",
    "no-single-point-of-failure: without lb-1 clients get no page",
    "encrypted-at-rest: data: kmsKeyId is not set; | `set` <it> [now]",
    "diverse-versions: all hosts run nginx 1.26",
    "exceptions-valid: policyExceptions[0].rule: want a rule of this pack",
  ]);
});

test("each stack has a line, and all of them have one", () => {
  expect(reports().map(summaryOf)).toEqual([
    "failed: 4 mandatory and 1 advisory finding, 1 excepted, 1 not applicable (6 policies)",
    "passed: no findings (6 policies)",
    "could not be previewed",
  ]);
  expect(totalOf(reports())).toBe("3 stacks, 2 failed: baseline, prod");
  expect(totalOf([collect(cleanRun())])).toBe("1 stack passed");
});

test("a hop of the ledger is no finding", () => {
  const { ledger, findings } = collect(fullRun());
  expect(ledger).toEqual([
    {
      purpose: "AWS API",
      from: "every host",
      to: "S3:443",
      protection: "verified",
      evidence: "https: by curl",
    },
  ]);
  expect(findings.map(({ policy }) => policy)).not.toContain("tls-ledger");
});
