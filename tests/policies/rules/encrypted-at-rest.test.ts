import { encryptedAtRest } from "../../../policies/rules/encrypted-at-rest";
import { check, Fixture, goodSite, messages } from "../../support/policies";

/** Made once: what is copied keeps its compressed user data. */
const GOOD = goodSite();
const found = (site: Fixture) => messages(encryptedAtRest, site);
const MY_CNF = "/etc/mysql/mysql.conf.d/zz-foobar.cnf";

test("is content when everything is under the site's key", () => {
  expect(check(encryptedAtRest, GOOD.copy())).toEqual({ findings: [] });
});

test("tells plain root disks in one finding, and which flaw they are", () => {
  const site = GOOD.copy();
  for (const host of ["web-2", "web-1"])
    site.change(`${host}-instance`, { rootBlockDevice: { volumeSize: 16 } });
  expect(check(encryptedAtRest, site).findings).toEqual([
    {
      kind: "violation",
      urn: expect.stringMatching(/::web-1-instance$/) as string,
      flaw: "not-encrypted-at-rest",
      message:
        "root disks are not encrypted: web-1, web-2; set rootBlockDevice.encrypted and rootBlockDevice.kmsKeyId",
    },
  ]);
});

test("finds a plain volume, and one under AWS's own key", () => {
  expect(found(GOOD.copy().change("db-1-volume", { encrypted: false }))).toEqual([
    "volumes are not encrypted: db-1-volume; set encrypted and kmsKeyId",
  ]);
  expect(found(GOOD.copy().change("db-1-volume", { kmsKeyId: undefined }))).toEqual([
    "volumes are encrypted with a key of AWS's and not with one of your own: db-1-volume; set encrypted and kmsKeyId",
  ]);
});

test("knows that an account can encrypt every disk", () => {
  const site = GOOD.copy().change("db-1-volume", { encrypted: undefined, kmsKeyId: undefined });
  site.add("aws:ebs/encryptionByDefault:EncryptionByDefault", "always", { enabled: true });
  site.add("aws:ebs/defaultKmsKey:DefaultKmsKey", "with", { keyArn: site.ref("encryption-key") });
  expect(found(site)).toEqual([]);
});

test("finds a bucket that Amazon S3 encrypts with its own key", () => {
  const message =
    "buckets are encrypted with a key of AWS's and not with one of your own: storage-bucket; add a BucketServerSideEncryptionConfiguration with aws:kms and kmsMasterKeyId";
  expect(found(GOOD.copy().remove("storage-encryption"))).toEqual([message]);
  const rules = [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }];
  expect(found(GOOD.copy().change("storage-encryption", { rules }))).toEqual([message]);
});

test("finds secrets and log groups without a key", () => {
  const site = GOOD.copy();
  site.add("aws:secretsmanager/secret:Secret", "plain", { name: "x" });
  site.add("aws:cloudwatch/logGroup:LogGroup", "logs", { name: "x", kmsKeyId: "alias/aws/logs" });
  expect(found(site)).toEqual([
    "secrets are encrypted with a key of AWS's and not with one of your own: plain; set kmsKeyId",
    "log groups are encrypted with a key of AWS's and not with one of your own: logs; set kmsKeyId",
  ]);
});

test("names many by their first ten", () => {
  const site = new Fixture();
  for (let index = 1; index <= 12; index++) site.add("aws:ebs/volume:Volume", `v-${index}`, {});
  expect(found(site)).toEqual([
    "volumes are not encrypted: v-1, v-2, v-3, v-4, v-5, v-6, v-7, v-8, v-9, v-10 and 2 more; set encrypted and kmsKeyId",
  ]);
});

test("finds MySQL files that are written in plain, members with the same fault together", () => {
  const site = GOOD.copy();
  for (const host of ["db-1", "db-2"])
    site.edit(host, MY_CNF, "binlog_encryption = ON", "binlog_encryption = OFF");
  site.edit("db-3", MY_CNF, "innodb_redo_log_encrypt = ON\n", "");
  expect(found(site)).toEqual([
    "MySQL of db-1, db-2 writes plain files: binlog_encryption is OFF, want ON for its binary and relay logs",
    "MySQL of db-3 writes plain files: innodb_redo_log_encrypt is not set, want ON for its redo log",
  ]);
});

test("finds MySQL without a keyring", () => {
  expect(found(GOOD.copy().drop("db-1", "/usr/sbin/mysqld.my"))).toEqual([
    "MySQL of db-1 writes plain files: it has no keyring, want a component_keyring_* in mysqld.my",
  ]);
  expect(found(GOOD.copy().write("db-1", "/usr/sbin/mysqld.my", "{"))).toEqual([
    "unknown: /usr/sbin/mysqld.my: want JSON; without it nobody can tell whether MySQL of db-1 encrypts its files",
  ]);
});

test("finds a key that is never rotated, and leaves those alone that cannot be", () => {
  expect(found(GOOD.copy().change("encryption-key", { enableKeyRotation: undefined }))).toEqual([
    "encryption-key is never rotated (enableKeyRotation is not set); set it to true",
  ]);
  const site = GOOD.copy();
  site.add("aws:kms/key:Key", "signing", { customerMasterKeySpec: "ECC_NIST_P256" });
  expect(found(site)).toEqual([]);
});

test("believes a bucket's own configuration over what Amazon S3 had set before it", () => {
  const byDefault = { rule: { applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } } };
  const site = GOOD.copy().change("storage-bucket", { serverSideEncryptionConfiguration: byDefault });
  expect(found(site)).toEqual([]);
});

test("says what nobody can know yet, but knows a key that is only about to be made", () => {
  expect(found(GOOD.copy().change("db-1-volume", { encrypted: GOOD.ref("network-vpc") }))).toEqual([
    "unknown: encrypted; without it nobody can tell whether volumes of db-1-volume are encrypted",
  ]);
  expect(found(GOOD.copy().change("db-1-volume", { kmsKeyId: GOOD.ref("network-vpc") }))).toEqual([
    "unknown: kmsKeyId; without it nobody can tell whether volumes of db-1-volume are encrypted",
  ]);
});

test("is not applicable where nothing is kept", () => {
  const site = new Fixture();
  site.add("aws:ec2/vpc:Vpc", "vpc", { encrypted: false });
  expect(check(encryptedAtRest, site)).toEqual({ notApplicable: "the stack keeps nothing" });
});
