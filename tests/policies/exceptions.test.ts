import { covers, readExceptions } from "../../policies/exceptions";

const rules = ["no-waf", "tls-end-to-end"];
const good = {
  rule: "no-waf",
  urn: "urn:pulumi:dev::foobar::aws:ec2/instance:Instance::web-*",
  reason: "until the WAF is there",
  owner: "ops@foobar.com",
  expires: "2027-03-31",
};
const read = (list: unknown, today = "2026-11-21") =>
  readExceptions({ list, where: "foobar:policyExceptions", rules, today });
const problems = (list: unknown, today?: string) => read(list, today).flatMap((one) => one.problems);

it("reads a complete exception", () => {
  expect(read([good])).toEqual([{ where: "foobar:policyExceptions[0]", problems: [], exception: good }]);
});

it("reads nothing where nothing is configured", () => {
  expect(read(undefined)).toEqual([]);
});

it("holds on its last day and not on the next", () => {
  expect(problems([good], "2027-03-31")).toEqual([]);
  expect(problems([good], "2027-04-01")).toEqual([
    'foobar:policyExceptions[0].expires: want a day that is not over, got 2027-03-31; mend what "no-waf" found, or agree with "ops@foobar.com" on a new one',
  ]);
});

it.each([
  [
    "no list",
    "all",
    'foobar:policyExceptions: want a list of {rule, urn, reason, owner, expires}, got "all"; make it one',
  ],
  [
    "a rule that the pack has not",
    [{ ...good, rule: "waf" }],
    'foobar:policyExceptions[0].rule: want a rule of this pack, got "waf"; see docs/rules',
  ],
  [
    "no URN",
    [{ ...good, urn: undefined }],
    "foobar:policyExceptions[0].urn: want a URN, with * for anything, got nothing; copy it from the finding",
  ],
  [
    "an empty reason",
    [{ ...good, reason: " " }],
    'foobar:policyExceptions[0].reason: want why it is accepted, got " "; say it',
  ],
  [
    "no owner",
    [{ ...good, owner: 7 }],
    "foobar:policyExceptions[0].owner: want who answers for it, got 7; name somebody",
  ],
  [
    "a date that is none",
    [{ ...good, expires: "2027-02-30" }],
    'foobar:policyExceptions[0].expires: want a day such as 2027-03-31, got "2027-02-30"; say until when it is accepted',
  ],
  [
    "an unknown field",
    [{ ...good, until: "2027-01-01" }],
    "foobar:policyExceptions[0].until: want one of rule, urn, reason, owner, expires, got an unknown field; remove or rename it",
  ],
])("refuses %s", (_, list, message) => {
  expect(problems(list)).toEqual([message]);
  expect(read(list).every(({ exception }) => exception === undefined)).toBe(true);
});

it("tells every problem of an exception, and keeps the others", () => {
  const found = read([{}, good]);
  expect(found[0].problems).toHaveLength(5);
  expect(found[1].exception).toEqual(good);
});

it("needs no rule where it stands under one", () => {
  const { urn, reason, owner, expires } = good;
  const [found] = readExceptions({
    list: [{ urn, reason, owner, expires }],
    where: "no-waf.exceptions",
    rules,
    today: "2026-11-21",
    rule: "no-waf",
  });
  expect(found.exception).toEqual(good);
});

it("covers what its pattern matches, of its rule, and nothing else", () => {
  const urn = (name: string) => `urn:pulumi:dev::foobar::aws:ec2/instance:Instance::${name}`;
  expect(covers(good, "no-waf", urn("web-1"))).toBe(true);
  expect(covers(good, "tls-end-to-end", urn("web-1"))).toBe(false);
  expect(covers(good, "no-waf", urn("lb-1"))).toBe(false);
  expect(covers({ ...good, urn: "*$x::a.b" }, "no-waf", "urn$x::a.b")).toBe(true);
  expect(covers({ ...good, urn: "*$x::a.b" }, "no-waf", "urn$x::a-b")).toBe(false);
});
