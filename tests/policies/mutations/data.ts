import { document } from "../../support/good-site/ground";
import { AGENT, APP, allow, HOST, MYSQL, type Mutation } from "./mutation";

const REST = "encrypted-at-rest";
const BACKUPS = "backups-restorable";
const SECRETS = "no-secret-in-user-data";
const METADATA = "instance-metadata-v2";
const ROLES = "least-privilege-roles";

// In parts, so that nobody's scanner takes them for what they only look like.
const ACCESS_KEY = ["AKIA", "Q4ZJ7WXN2LKTB5VD"].join("");
const PRIVATE_KEY = ["EC", "PRIVATE", "KEY"].join(" ");

/** Data that lies open, that cannot be brought back, or that hosts may take though it is not theirs. */
export const dataMutations: Mutation[] = [
  {
    fault: "a database volume that is not encrypted",
    break: (site) => site.change("db-1-volume", { encrypted: false, kmsKeyId: undefined }),
    caughtBy: REST,
  },
  {
    fault: "a root disk under no key",
    break: (site) =>
      site.change("web-2-instance", {
        rootBlockDevice: { volumeType: "gp3", volumeSize: 16, encrypted: false, deleteOnTermination: true },
      }),
    caughtBy: REST,
  },
  {
    fault: "a binary log in the clear",
    break: (site) => site.edit("db-2", MYSQL, "binlog_encryption = ON", "binlog_encryption = OFF"),
    caughtBy: REST,
  },
  {
    fault: "a MySQL without a keyring",
    break: (site) => site.drop("db-3", "/usr/sbin/mysqld.my"),
    caughtBy: REST,
  },
  {
    fault: "a bucket under Amazon's key in place of the site's",
    break: (site) => site.remove("storage-encryption"),
    caughtBy: REST,
  },
  {
    fault: "a key that is never rotated",
    break: (site) => site.change("encryption-key", { enableKeyRotation: false }),
    caughtBy: REST,
  },
  {
    fault: "a secret under the account's default key",
    break: (site) => site.change("vault-mysql-app", { kmsKeyId: undefined }),
    caughtBy: REST,
  },
  {
    fault: "a database that is not backed up",
    break: (site) =>
      site.change("backup-selection", { resources: [site.ref("db-1-volume"), site.ref("db-3-volume")] }),
    caughtBy: BACKUPS,
  },
  {
    fault: "backups that are kept for one day",
    break: (site) => {
      const [rule] = site.get("backup-plan", "rules") as object[];
      site.change("backup-plan", { rules: [{ ...rule, lifecycle: { deleteAfter: 1 } }] });
    },
    caughtBy: BACKUPS,
  },
  {
    fault: "backups that nobody ever restores",
    break: (site) => site.remove("backup-restores", "backup-restored"),
    caughtBy: BACKUPS,
  },
  {
    fault: "restores that are tried with nothing",
    break: (site) => site.remove("backup-restored"),
    caughtBy: BACKUPS,
  },
  {
    fault: "backups that anybody with the right can delete",
    break: (site) => site.remove("backup-lock"),
    caughtBy: BACKUPS,
  },
  {
    fault: "a password in the application's environment",
    break: (site) => site.edit("web-1", APP, /$/, "DATABASE_PASSWORD=vN7qKw2xTz9LmB4rYp6D\n"),
    caughtBy: SECRETS,
  },
  {
    fault: "a password in the environment of a unit",
    break: (site) =>
      site.write(
        "web-2",
        "/etc/systemd/system/foobar-app.service.d/database.conf",
        "[Service]\nEnvironment=DATABASE_PASSWORD=vN7qKw2xTz9LmB4rYp6D\n",
      ),
    caughtBy: SECRETS,
  },
  {
    fault: "an access key in a host's settings",
    break: (site) => site.edit("lb-1", HOST, /$/, `AWS_ACCESS_KEY_ID=${ACCESS_KEY}\n`),
    caughtBy: SECRETS,
  },
  {
    fault: "a private key in user data",
    break: (site) =>
      site.write(
        "web-3",
        "/etc/apache2/tls/host.key",
        `-----BEGIN ${PRIVATE_KEY}-----
MHcCAQEEIBvJ8uQm3cKcZx0pQ7rYw5nVd2sT4fHkLgE9aXbN6oZ1oAoGCCqGSM49
AwEHoUQDQgAEq1v0w7KfPzYtR3mXcJ8dLhN5sGbV2uQyZkT4eWoA9xHrC6iMfDpB
-----END ${PRIVATE_KEY}-----
`,
      ),
    caughtBy: SECRETS,
  },
  {
    fault: "the monitoring service's key in user data",
    break: (site) =>
      site.edit(
        "db-1",
        AGENT,
        "site: datadoghq.eu",
        "api_key: 7d1b52ce0f3a498e96c4a83f5be20d17\nsite: datadoghq.eu",
      ),
    caughtBy: SECRETS,
  },
  {
    fault: "a metadata service without session tokens",
    break: (site) =>
      site.change("web-1-instance", {
        metadataOptions: { httpEndpoint: "enabled", httpTokens: "optional", httpPutResponseHopLimit: 1 },
      }),
    caughtBy: METADATA,
  },
  {
    fault: "session tokens that travel two hops",
    break: (site) =>
      site.change("lb-2-instance", {
        metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 2 },
      }),
    caughtBy: METADATA,
  },
  {
    fault: "a role that may do everything",
    break: (site) => allow(site, "web-role-policy", { Action: "*", Resource: "*" }),
    caughtBy: ROLES,
  },
  {
    fault: "a role that may read every secret",
    break: (site) =>
      allow(site, "edge-role-policy", { Action: "secretsmanager:GetSecretValue", Resource: "*" }),
    caughtBy: ROLES,
  },
  {
    fault: "a web server with the databases' role",
    break: (site) => site.change("web-2-instance", { iamInstanceProfile: site.ref("data-role-profile") }),
    caughtBy: ROLES,
  },
  {
    fault: "a role with a policy for administrators",
    break: (site) =>
      site.add("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "web-role-administrator", {
        role: site.ref("web-role"),
        policyArn: "arn:aws:iam::aws:policy/AdministratorAccess",
      }),
    caughtBy: ROLES,
  },
  {
    fault: "a role that may decrypt with every key",
    break: (site) => allow(site, "data-role-policy", { Action: "kms:Decrypt", Resource: "*" }),
    caughtBy: ROLES,
  },
  {
    fault: "a role that another account may take",
    break: (site) =>
      site.change("data-role", {
        assumeRolePolicy: document([
          { Effect: "Allow", Principal: { AWS: "arn:aws:iam::999999999999:root" }, Action: "sts:AssumeRole" },
        ]),
      }),
    caughtBy: ROLES,
  },
];
