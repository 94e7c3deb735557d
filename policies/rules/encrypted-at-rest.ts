import { compareNames } from "../site/order";
import { STORES } from "../access/encryption-model";
import type { Host } from "../site/host";
import type { MysqlConfig } from "../parse/mysql";
import { isUnknown, Unknown, type Resource } from "../site/resources";
import { notApplicable, rule, unknown, violation, type Finding } from "../rule";
import type { Site } from "../site/site";

const KEY = "aws:kms/key:Key";

/** What MySQL itself writes, and the variable that encrypts it ("InnoDB Data-at-Rest Encryption", MySQL 8.4 manual). */
const MYSQL_FILES: readonly [variable: string, files: string][] = [
  ["default_table_encryption", "tables"],
  ["innodb_redo_log_encrypt", "redo log"],
  ["innodb_undo_log_encrypt", "undo logs"],
  ["binlog_encryption", "binary and relay logs"],
];

/** Which keyring component mysqld loads is in this file, beside its program or, where that says so, among the data. */
const MANIFEST = /\/mysqld\.my$/;

export const encryptedAtRest = rule({
  id: "encrypted-at-rest",
  title: "Everything that is kept is encrypted, with a key of the customer's own",
  why: "A copied snapshot, a shared bucket or a disk that was thrown away tells everything that was on it. With a key of one's own in KMS, reading needs the right to use that key, every use is in the log, and the key can be withdrawn. MySQL's own encryption covers whoever can read the files on a running host, and copies of its logs.",
  sources: [
    {
      title: "Amazon EBS encryption, Amazon EBS user guide",
      url: "https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption.html",
    },
    {
      title: "Using server-side encryption with AWS KMS keys, Amazon S3 user guide",
      url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html",
    },
    {
      title: "Rotate AWS KMS keys, AWS KMS developer guide",
      url: "https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html",
    },
    {
      title: "MySQL 8.4 manual: InnoDB data-at-rest encryption",
      url: "https://dev.mysql.com/doc/refman/8.4/en/innodb-data-encryption.html",
    },
    {
      title: "MySQL 8.4 manual: encrypting binary log files and relay log files",
      url: "https://dev.mysql.com/doc/refman/8.4/en/replication-binlog-encryption.html",
    },
    {
      title: "MySQL 8.4 manual: keyring component installation",
      url: "https://dev.mysql.com/doc/refman/8.4/en/keyring-component-installation.html",
    },
  ],
  fix: "Give every store the site's KMS key, and MySQL a keyring and the four settings that use it.",
  severity: "high",
  frameworks: [
    { name: "AWS Well-Architected Framework", version: "2024-11-06", reference: "SEC08-BP02" },
    { name: "AWS Foundational Security Best Practices", version: "1.0.0", reference: "EC2.3" },
  ],
  flaw: "not-encrypted-at-rest",
  examples: {
    language: "typescript",
    bad: 'new aws.ebs.Volume("db-1-volume", { availabilityZone, size: 20 });\n',
    good: 'new aws.ebs.Volume("db-1-volume", { availabilityZone, size: 20, encrypted: true, kmsKeyId: key.arn });\n',
  },
  proof:
    "The lab writes a row with a mark, reads the files of tables, redo log, undo logs and binary log as bytes, and finds the mark in none.",
  check(site) {
    const kept = STORES.flatMap(({ type }) => site.ofType(type));
    if (kept.length === 0) return notApplicable("the stack keeps nothing");
    return [
      ...STORES.flatMap((store) => storeFindings(site, store)),
      ...site.ofType(KEY).flatMap(rotation),
      ...mysqlFindings(site),
    ];
  },
});

/** KMS makes a new key every year and keeps the old ones for what they encrypted. Of symmetric keys only. */
function rotation(key: Resource): Finding[] {
  const spec = key.get("customerMasterKeySpec");
  const rotated = key.get("enableKeyRotation");
  if (rotated === true || (typeof spec === "string" && spec !== "SYMMETRIC_DEFAULT")) return [];
  if (isUnknown(rotated)) return [unknown(key, rotated, `whether ${key.name} is rotated`)];
  return [
    violation(
      key,
      `${key.name} is never rotated (enableKeyRotation is ${rotated === false ? "false" : "not set"}); set it to true`,
    ),
  ];
}

/** One finding for all of a kind: they come from one line of the program, and are mended there. */
function storeFindings(site: Site, store: (typeof STORES)[number]): Finding[] {
  const hosts = new Map(site.hosts.map((host) => [host.resource, host.name]));
  const plain: Resource[] = [];
  const foreign: Resource[] = [];
  const findings: Finding[] = [];
  for (const resource of site.ofType(store.type)) {
    const state = store.look(resource, site);
    const name = hosts.get(resource) ?? resource.name;
    if (isUnknown(state))
      findings.push(unknown(resource, state, `whether ${store.label} of ${name} are encrypted`));
    else if (state === "plain") plain.push(resource);
    else if (state === "AWS's key") foreign.push(resource);
  }
  const say = (resources: Resource[], state: string) => {
    if (resources.length === 0) return;
    const nameOf = (one: Resource) => hosts.get(one) ?? one.name;
    const ordered = [...resources].sort((a, b) => compareNames(nameOf(a), nameOf(b)));
    const names = shortList(ordered.map(nameOf));
    findings.push(violation(ordered[0], `${store.label} are ${state}: ${names}; ${store.fix}`));
  };
  say(plain, "not encrypted");
  say(foreign, "encrypted with a key of AWS's and not with one of your own");
  return findings;
}

/** Servers with the same faults are told together. */
function mysqlFindings(site: Site): Finding[] {
  const findings: Finding[] = [];
  const faults = new Map<string, Host[]>();
  for (const host of site.hosts) {
    const { mysql, userData } = host;
    if (mysql === undefined) continue;
    const ring = isUnknown(mysql) || isUnknown(userData) ? undefined : keyring(host, mysql);
    const missing = [mysql, ring].find(isUnknown);
    if (missing)
      findings.push(unknown(host.resource, missing, `whether MySQL of ${host.name} encrypts its files`));
    if (missing || isUnknown(mysql)) continue;
    const off = MYSQL_FILES.filter(([variable]) => mysql.on(variable) !== true);
    const parts = [
      ...(ring === true ? [] : ["it has no keyring, want a component_keyring_* in mysqld.my"]),
      ...off.map(
        ([variable, files]) => `${variable} is ${mysql.get(variable) ?? "not set"}, want ON for its ${files}`,
      ),
    ];
    const fault = parts.join(", ");
    if (fault !== "") faults.set(fault, [...(faults.get(fault) ?? []), host]);
  }
  for (const [fault, hosts] of faults)
    findings.push(
      violation(
        hosts[0].resource,
        `MySQL of ${shortList(hosts.map(({ name }) => name))} writes plain files: ${fault}`,
      ),
    );
  return findings;
}

/** Whether mysqld finds a keyring when it starts: by a component's manifest, or by a plugin, the older way. */
function keyring(host: Host, mysql: MysqlConfig): boolean | Unknown {
  if (mysql.plugins.some((plugin) => plugin.includes("keyring_"))) return true;
  for (const path of host.paths(MANIFEST)) {
    let manifest: unknown;
    try {
      manifest = JSON.parse(host.file(path) as string);
    } catch {
      return new Unknown(`${path}: want JSON`);
    }
    const components = ((manifest ?? {}) as Record<string, unknown>).components;
    if (typeof components === "string" && components.includes("component_keyring_")) return true;
  }
  return false;
}

const MOST_NAMES = 10;

function shortList(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  return more > 0 ? `${names.slice(0, MOST_NAMES).join(", ")} and ${more} more` : names.join(", ");
}
