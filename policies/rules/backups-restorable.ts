import { uncovered } from "../backups/coverage";
import { planFaults } from "../backups/plans";
import { restoreFaults } from "../backups/restores";
import { PLAN, RESTORE_PLAN, SELECTION, VAULT } from "../backups/selections";
import { vaultFaults } from "../backups/vaults";
import { byName } from "../site/order";
import { notApplicable, rule } from "../rule";

type Settings = { minRetentionDays: number };

const LIFECYCLE = "aws:dlm/lifecyclePolicy:LifecyclePolicy";

export const backupsRestorable = rule<Settings>({
  id: "backups-restorable",
  title: "Every database volume is backed up every day, out of reach, and the restore is tested",
  why: "Replication copies a mistake as fast as everything else; only a backup goes back in time. A backup that was never restored is a hope, one that leaves a volume out is found to do so on the day it is needed, and one that whoever broke in can delete is no backup.",
  sources: [
    {
      title: "AWS Well-Architected Framework: back up data",
      url: "https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/back-up-data.html",
    },
    {
      title: "AWS Backup: restore testing",
      url: "https://docs.aws.amazon.com/aws-backup/latest/devguide/restore-testing.html",
    },
    {
      title: "AWS Backup Vault Lock",
      url: "https://docs.aws.amazon.com/aws-backup/latest/devguide/vault-lock.html",
    },
    {
      title: "AWS Config: backup-plan-min-frequency-and-min-retention-check",
      url: "https://docs.aws.amazon.com/config/latest/developerguide/backup-plan-min-frequency-and-min-retention-check.html",
    },
  ],
  fix: "Select every database volume in a daily AWS Backup plan, keep the recovery points in a vault that has a key of its own and a lock, and add a restore testing plan for them.",
  severity: "high",
  frameworks: [
    { name: "AWS Well-Architected Framework", version: "2024-11-06", reference: "REL09-BP04" },
    { name: "AWS Well-Architected Framework", version: "2024-11-06", reference: "REL09-BP02" },
    { name: "CIS Controls", version: "8.1", reference: "11.5" },
    { name: "NIST SP 800-53", version: "Rev. 5", reference: "CP-9(1)" },
  ],
  examples: {
    language: "typescript",
    bad: 'new aws.backup.Plan("daily", {\n  rules: [{ ruleName: "daily", targetVaultName: vault.name, schedule: "cron(0 3 ? * SUN *)" }],\n});\n',
    good: 'new aws.backup.Plan("daily", {\n  rules: [\n    {\n      ruleName: "daily",\n      targetVaultName: vault.name,\n      schedule: "cron(0 3 * * ? *)",\n      lifecycle: { deleteAfter: 35 },\n    },\n  ],\n});\nnew aws.backup.VaultLockConfiguration("lock", { backupVaultName: vault.name, minRetentionDays: 7 });\n',
  },
  proof:
    "A restored volume is mounted by a database host in the lab, which finds every transaction up to the backup.",
  settings: {
    minRetentionDays: {
      type: "integer",
      default: 35,
      minimum: 1,
      description: "shortest time for which a recovery point is kept; 35 is AWS Config's",
    },
  },
  check(site, { minRetentionDays }) {
    const parts = [PLAN, SELECTION, VAULT, RESTORE_PLAN, LIFECYCLE].flatMap((type) => site.ofType(type));
    if (parts.length === 0) return notApplicable("nothing in this stack makes backups yet");
    const plans = byName(site.ofType(PLAN));
    return [
      ...byName(site.topology.databases).flatMap((host) => uncovered(site, host)),
      ...plans.flatMap((plan) => planFaults(plan, minRetentionDays)),
      ...byName(site.ofType(VAULT)).flatMap((vault) => vaultFaults(site, vault)),
      ...restoreFaults(site),
    ];
  },
});
