import { document } from "./ground";
import type { Ground } from "./plan";

/** Backups of every database volume, kept apart and locked, and restored regularly to see that they can be. */
export function addBackups({ stack, plan, key }: Ground): void {
  const vault = stack.add("aws:backup/vault:Vault", "backup-vault", { name: "foobar-prod", kmsKeyArn: key });
  stack.add("aws:backup/vaultLockConfiguration:VaultLockConfiguration", "backup-lock", {
    backupVaultName: vault.known("foobar-prod"),
    minRetentionDays: 7,
    maxRetentionDays: 400,
  });
  const role = stack.add("aws:iam/role:Role", "backup-role", {
    description: "Backups and restores of the databases",
    assumeRolePolicy: document([
      { Effect: "Allow", Principal: { Service: "backup.amazonaws.com" }, Action: "sts:AssumeRole" },
    ]),
  });
  for (const right of ["Backup", "Restores"])
    stack.add("aws:iam/rolePolicyAttachment:RolePolicyAttachment", `backup-role-${right.toLowerCase()}`, {
      role,
      policyArn: `arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyFor${right}`,
    });
  const schedule = stack.add("aws:backup/plan:Plan", "backup-plan", {
    name: "foobar-prod",
    rules: [
      {
        ruleName: "hourly",
        targetVaultName: vault.known("foobar-prod"),
        schedule: "cron(0 * * * ? *)",
        startWindow: 60,
        completionWindow: 180,
        lifecycle: { deleteAfter: 35 },
      },
    ],
  });
  stack.add("aws:backup/selection:Selection", "backup-selection", {
    name: "databases",
    planId: schedule,
    iamRoleArn: role,
    resources: plan.databases.map(({ name }) => stack.ref(`${name}-volume`)),
  });
  const restores = stack.add("aws:backup/restoreTestingPlan:RestoreTestingPlan", "backup-restores", {
    name: "foobar_prod",
    scheduleExpression: "cron(0 3 ? * SUN *)",
    startWindowHours: 4,
    recoveryPointSelection: {
      algorithm: "LATEST_WITHIN_WINDOW",
      includeVaults: [vault],
      recoveryPointTypes: ["SNAPSHOT"],
      selectionWindowDays: 7,
    },
  });
  stack.add("aws:backup/restoreTestingSelection:RestoreTestingSelection", "backup-restored", {
    name: "databases",
    restoreTestingPlanName: restores.known("foobar_prod"),
    protectedResourceType: "EBS",
    protectedResourceArns: ["*"],
    iamRoleArn: role,
    validationWindowHours: 4,
  });
}
