import { backupsRestorable as rule } from "../../../policies/rules/backups-restorable";
import { check, Fixture, goodSite, messages, unknownValue } from "../../support/policies";

const VAULT = "aws:backup/vault:Vault";
const ruleOf = (more: object) => ({
  rules: [{ ruleName: "daily", targetVaultName: "foobar-prod", schedule: "cron(0 3 * * ? *)", ...more }],
});

it("finds nothing where every volume is backed up, locked away and restored", () => {
  expect(messages(rule, goodSite())).toEqual([]);
});

it("is not applicable while nothing makes backups, and ignores everything else", () => {
  const site = goodSite();
  site.remove(...site.names.filter((name) => name.startsWith("backup-")));
  expect(check(rule, site).notApplicable).toBe("nothing in this stack makes backups yet");
  expect(check(rule, new Fixture()).notApplicable).toBe("nothing in this stack makes backups yet");
});

it("finds a volume that no selection takes", () => {
  const site = goodSite();
  site.change("backup-selection", { resources: [site.ref("db-1-volume"), site.ref("db-3-volume")] });
  expect(check(rule, site).findings).toEqual([
    {
      kind: "violation",
      urn: expect.stringMatching(/::db-2-volume$/) as string,
      message:
        "volume db-2-volume of db-2 is in no backup selection, want every database volume in a plan; add it to the selection's resources",
      flaw: undefined,
    },
  ]);
});

it("takes a volume that is selected by a pattern, by its tags or with its instance", () => {
  const site = goodSite();
  expect(
    messages(rule, site.change("backup-selection", { resources: ["arn:aws:ec2:*:*:volume/*"] })),
  ).toEqual([]);
  const names = ["db-1", "db-2", "db-3"];
  for (const name of names) site.change(`${name}-volume`, { tags: { Backup: "daily" } });
  const condition = { type: "STRINGEQUALS", key: "Backup", value: "daily" };
  site.change("backup-selection", { resources: undefined, selectionTags: [condition] });
  expect(messages(rule, site)).toEqual([]);
  site.change("backup-selection", {
    selectionTags: undefined,
    resources: names.map((name) => site.ref(`${name}-instance`)),
  });
  expect(messages(rule, site)).toEqual([]);
});

it.each([
  [
    { lifecycle: { deleteAfter: 7 } },
    "backup plan backup-plan: rule daily keeps recovery points 7 days, want at least 35; raise deleteAfter",
  ],
  [
    { lifecycle: { deleteAfter: 0 } },
    "backup plan backup-plan: rule daily keeps recovery points 0 days, want at least 35; raise deleteAfter",
  ],
  [
    { schedule: "cron(0 3 ? * SUN *)" },
    "backup plan backup-plan: no rule runs every day (cron(0 3 ? * SUN *)), want one; set schedule to cron(0 3 * * ? *)",
  ],
  [
    { schedule: undefined },
    "backup plan backup-plan: no rule runs every day (no schedule), want one; set schedule to cron(0 3 * * ? *)",
  ],
])("finds a plan with %j", (more, found) => {
  expect(messages(rule, goodSite().change("backup-plan", ruleOf(more)))).toEqual([found]);
});

it("finds a vault without a key of its own", () => {
  // What AWS fills in itself is not known in a preview, and made of nothing.
  for (const kmsKeyArn of [undefined, unknownValue])
    expect(messages(rule, goodSite().change("backup-vault", { kmsKeyArn }))).toEqual([
      "backup vault backup-vault has no key of its own, want kmsKeyArn; set it to a customer managed key",
    ]);
});

it("finds a vault that anybody with rights can empty, unless a copy is out of reach", () => {
  const site = goodSite().remove("backup-lock");
  expect(messages(rule, site)).toEqual([
    "backup vault backup-vault has no lock and no copy elsewhere, want backups that cannot be deleted early; add a VaultLockConfiguration",
  ]);
  const destinationVaultArn = "arn:aws:backup:eu-central-1:210987654321:backup-vault:away";
  site.change("backup-plan", ruleOf({ copyActions: [{ destinationVaultArn }] }));
  expect(messages(rule, site)).toEqual([]);
  const key = site.get("backup-vault", "kmsKeyArn");
  const away = site.add(VAULT, "copies", { name: "copies", kmsKeyArn: key });
  site.change("backup-plan", ruleOf({ copyActions: [{ destinationVaultArn: away }] }));
  expect(messages(rule, site)).toHaveLength(2);
});

it("finds backups that nobody restores", () => {
  expect(messages(rule, goodSite().remove("backup-restores", "backup-restored"))).toEqual([
    "nothing tests a restore, want a restore testing plan for the database volumes; add a RestoreTestingPlan and a RestoreTestingSelection",
  ]);
  for (const change of [{ protectedResourceType: "S3" }, { protectedResourceArns: [] }])
    expect(messages(rule, goodSite().change("backup-restored", change))).toEqual([
      "restore testing plan backup-restores selects no volume (EBS) and no instance (EC2), want the databases; add a RestoreTestingSelection",
    ]);
});

it("says what nobody can know", () => {
  expect(
    messages(rule, goodSite().change("backup-plan", ruleOf({ lifecycle: { deleteAfter: unknownValue } }))),
  ).toEqual([
    "unknown: rules[0].lifecycle.deleteAfter; without it nobody can tell how long backup-plan keeps recovery points",
  ]);
  expect(messages(rule, goodSite().change("backup-selection", { resources: unknownValue }))).toEqual(
    ["db-1", "db-2", "db-3"].map(
      (name) =>
        `unknown: resources; without it nobody can tell whether volume ${name}-volume of ${name} is backed up`,
    ),
  );
});
