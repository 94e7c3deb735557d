import { readinessGated as rule } from "../../../policies/rules/readiness-gated";
import { check, Fixture, goodSite, messages, unknownValue } from "../../support/policies";

const BOOT = "/etc/systemd/system/foobar-boot.service";

it("finds nothing where every switch waits for the one before it", () => {
  expect(messages(rule, goodSite())).toEqual([]);
});

it("is not applicable without hosts, and ignores everything else", () => {
  const site = new Fixture();
  site.add("aws:ssm/association:Association", "other", {});
  expect(check(rule, site).notApplicable).toBe("the stack has no hosts");
});

it("finds a host that changes in place", () => {
  expect(messages(rule, goodSite().change("web-1-instance", { userDataReplaceOnChange: undefined }))).toEqual(
    [
      "web-1 is stopped and started when its user data changes, with its traffic on it and without booting by it, want userDataReplaceOnChange: true",
    ],
  );
});

it.each([
  ["no unit", (site: Fixture) => site.drop("web-1", BOOT)],
  ["no report of a failure", (site: Fixture) => site.edit("web-1", BOOT, /OnFailure=.*\n/, "")],
  [
    "a report that is nowhere",
    (site: Fixture) => site.drop("web-1", "/etc/systemd/system/foobar-boot-failed.service"),
  ],
])("finds a host with %s", (_, mutate) => {
  expect(messages(rule, mutate(goodSite()))).toEqual([
    "web-1 starts no unit that reports how its boot ended, want one in user data with OnFailure= and both started and reported",
  ]);
});

it("finds a web host without a name of its own", () => {
  expect(messages(rule, goodSite().change("web-2-record", { records: ["10.20.16.9"] }))).toContain(
    "web-2 has no record of its own in a private zone, want one made from its instance, as its traffic switch",
  );
});

it("finds switches that do not wait for each other", () => {
  const good = goodSite();
  const site = good.copy();
  site.remove("web-2-record");
  site.add("aws:route53/record:Record", "web-2-record", {
    ...Object.fromEntries(
      ["zoneId", "name", "type", "ttl", "records"].map((key) => [key, good.get("web-2-record", key)]),
    ),
  });
  expect(messages(rule, site)).toEqual(
    expect.arrayContaining([
      expect.stringMatching(
        /^record web-\d-record does not wait for web-\d-record, so that two hosts may be switched at once; let each depend on the one before it$/,
      ),
    ]),
  );
});

it("finds a target that gets traffic before its host has a name", () => {
  const good = goodSite();
  const site = good.copy().remove("entrance-80-lb-1");
  site.add("aws:lb/targetGroupAttachment:TargetGroupAttachment", "entrance-80-lb-1", {
    targetGroupArn: site.ref("entrance-80"),
    targetId: site.ref("lb-1-instance"),
    port: 80,
  });
  expect(messages(rule, site)).toContain(
    "entrance-80-lb-1 sends traffic to lb-1 without waiting for its record lb-1-record, which waits until it serves; let it depend on that",
  );
});

it("finds a record that is cached for longer than a leaving host waits", () => {
  expect(messages(rule, goodSite().change("web-1-record", { ttl: 60 }))).toEqual([
    "web-1 leaves after 5 s (FOOBAR_RECORD_TTL_SEC), and its record may be cached for 60 s; make them equal",
  ]);
});

it("says what it does not know", () => {
  expect(
    messages(rule, goodSite().change("db-1-instance", { userDataReplaceOnChange: unknownValue })),
  ).toEqual([
    "unknown: userDataReplaceOnChange; without it nobody can tell whether db-1 is replaced when its user data changes",
  ]);
});
