import { createHash, generateKeyPairSync, randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { noSecretInUserData } from "../../../policies/rules/no-secret-in-user-data";
import { SecretScanner } from "../../../policies/access/secret-scan";
import { check, Fixture, goodSite, messages, unknownValue } from "../../support/policies";

/** Made once: what is copied keeps its compressed user data. */
const GOOD = goodSite();
const found = (site: Fixture) => messages(noSecretInUserData, site);
const FILE = "/etc/foobar/extra.conf";
const holding = (content: string) => found(GOOD.copy().write("web-1", FILE, content));
const LETTERS_AND_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/** Made here, so that nobody finds the tests themselves to hold secrets. */
const random = (length: number, alphabet = LETTERS_AND_DIGITS) =>
  // Of every kind of character at least one, so that no run is a word by chance.
  [...randomBytes(length)]
    .map((byte, index) => alphabet[(index < 3 ? 26 * index + 1 : byte) % alphabet.length])
    .join("");
const upper = (length: number) => random(length, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
const privateKey = () => generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;

test("is content with hosts that fetch their secrets", () => {
  expect(check(noSecretInUserData, GOOD)).toEqual({ findings: [] });
});

test("says where a password is, and shows one character of it", () => {
  expect(holding("user = app\npassword = hunter2\n")).toEqual([
    `web-1: ${FILE} line 2 of its user data holds the value of password (h…, 7 characters); fetch it from Secrets Manager at boot`,
  ]);
});

const FORMS: [string, () => string][] = [
  ["an AWS access key ID", () => `AKIA${upper(16)}`],
  ["an AWS secret key", () => `aws_secret_access_key = ${random(40)}`],
  ["a private key", () => privateKey().export({ type: "pkcs8", format: "pem" }) as string],
  [
    "a private key in base64",
    () => `key: ${privateKey().export({ type: "pkcs8", format: "der" }).toString("base64")}`,
  ],
  [
    "a private key's PEM in base64",
    () => Buffer.from(privateKey().export({ type: "pkcs8", format: "pem" })).toString("base64"),
  ],
  ["a GitHub token", () => `ghp_${random(36)}`],
  ["a Slack token", () => `xoxb-${random(24)}`],
  ["a Stripe key", () => `sk_live_${random(24)}`],
  ["a JSON Web Token", () => `eyJ${random(20)}.eyJ${random(20)}.${random(20)}`],
  ["a password in a URL", () => `DATABASE_URL=mysql://app:${random(10)}@db-1.foobar.internal/foobar`],
  ["a password in a header", () => `Authorization: Bearer ${random(24)}`],
  ["a password in SQL", () => `CREATE USER app IDENTIFIED BY '${random(8)}';`],
  ["a password of HAProxy's", () => `    user admin insecure-password ${random(9)}`],
  ["the hash of a password", () => `    passwd: $6$${random(8)}$${random(60)}`],
  ["a password for chpasswd", () => `echo "admin:${random(9)}" | chpasswd`],
  ["a password of MySQL's client", () => `mysql -u root -p${random(9)} -e 'SELECT 1'`],
  ["a password of curl's", () => `curl -sf -u admin:${random(9)} https://db-1.foobar.internal/`],
  ["a password of PostgreSQL's", () => `PGPASSWORD=${random(9)}`],
  ["a password in a unit's environment", () => `Environment=DB_PASSWORD=${random(9)}`],
  ["a password in a unit's quoted environment", () => `Environment="LANG=C" "DB_PASSWORD=${random(9)}"`],
  ["a password in a container's environment", () => `docker run --env=DB_PASSWORD=${random(9)} app`],
  ["a password in a unit's environment", () => `Environment="LOG=1" DATABASE_PASSWORD=${random(12)}`],
  ["a password in a unit's only variable", () => `Environment=DATABASE_PASSWORD=${random(12)}`],
  ["a password in a comment", () => `# password: ${random(9)}`],
  ["a password on a command line", () => `ExecStart=/usr/bin/tool --password ${random(9)}`],
  ["a key of Datadog's", () => `api_key: ${random(32, "0123456789abcdef")}`],
  ["a token in quotes", () => `{ "auth_token": "${random(20)}1a" }`],
  ["a random text", () => `blob ${random(48)}`],
];

test.each(FORMS)("finds %s", (_, make) => {
  // Random: a run that by chance looks like something else would show here.
  for (let run = 0; run < 50; run++) {
    const line = make();
    expect([line, new SecretScanner().scan(line)]).toEqual([line, [expect.objectContaining({ line: 1 })]]);
  }
});

test.each([
  [
    "a UUID",
    "group_name = 5f0a2b7e-7c1d-4f43-9d8e-3f2f9b1c0a55\ntoken = 5f0a2b7e-7c1d-4f43-9d8e-3f2f9b1c0a55",
  ],
  ["a digest", `sha256: ${createHash("sha256").update("x").digest("hex")}`],
  ["a digest in base64", `integrity=sha512-${createHash("sha512").update("x").digest("base64")}`],
  ["a bundle's name", "FOOBAR_HOST_BUNDLE=bundles/host-0a1b2c3d4e5f.tar.gz"],
  ["a list of ciphers", "ssl-default-bind-ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-CHACHA20-POLY1305"],
  ["an ARN", "secret=arn:aws:secretsmanager:eu-west-1:123456789012:secret:foobar/prod/tls/site-AbCdEf"],
  ["a path", "password_file = /etc/foobar/app/database.json\npassword = /run/credentials/app"],
  ["a path with many parts", "/usr/lib/x86_64-linux-gnu/nginx/modules/ngx_http_modsecurity_module.so"],
  ["a secret's name", "FOOBAR_SECRETS=foobar/prod\nsecret_name: foobar/prod/mysql/app"],
  ["a variable", 'password = ${DB_PASSWORD}\npassword="$(fetch mysql/app)"\ntoken: {{ token }}'],
  [
    "a plugin of MySQL's",
    "caching_sha2_password_auto_generate_rsa_keys = OFF\ndefault_authentication_plugin = caching_sha2_password",
  ],
  [
    "a sentence",
    "# The password: it is fetched.\n# There is no password here\n; token: see the manual, section 5",
  ],
  ["a limit", "max_password = 90\ntoken: 300"],
  ["a port", "mysql -u root --port 3306 --protocol tcp"],
  ["a switch", "disable_password = true\nssh_pwauth: false\nlock_passwd: true"],
  ["a key of AWS's documentation", "AKIAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"],
  ["a public key for SSH", `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${"AbCdEf0123456789".repeat(2)}ghIJ admin`],
  ["a metadata header", "X-aws-ec2-metadata-token-ttl-seconds: 300"],
])("is not alarmed by %s", (_, content) => {
  expect(new SecretScanner().scan(content)).toEqual([]);
});

test("is not alarmed by what everybody may see: public keys and certificates", () => {
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = publicKey.export({ type: "spki", format: "pem" }) as string;
  expect(holding(pem)).toEqual([]);
  expect(holding(pem.replaceAll("PUBLIC KEY", "CERTIFICATE"))).toEqual([]);
  expect(holding(Buffer.from(pem).toString("base64"))).toEqual([]);
});

test("looks at commands and at the document, and tells what is in a file once", () => {
  const site = GOOD.copy();
  const document =
    "#cloud-config\nchpasswd:\n  list: |\n    password: hunter2\nruncmd:\n  - tool --token abcdefgh12345678\n";
  site.change("web-1-instance", { userDataBase64: gzipSync(document).toString("base64") });
  expect(found(site)).toEqual([
    "web-1-instance: a command of its user data holds the value of token (abcd…, 16 characters); fetch it from Secrets Manager at boot",
    "web-1-instance: line 4 of its user data holds the value of password (h…, 7 characters); fetch it from Secrets Manager at boot",
  ]);
});

test("looks at launch templates, tags and the environment of functions", () => {
  const site = GOOD.copy();
  const token = `ghp_${random(36)}`;
  site.add("aws:ec2/launchTemplate:LaunchTemplate", "hosts", {
    userData: Buffer.from(`#!/bin/sh\nexport TOKEN=${token}\n`).toString("base64"),
  });
  site.add("aws:lambda/function:Function", "rotate", { environment: { variables: { PASSWORD: "hunter2" } } });
  site.add("aws:ec2/vpc:Vpc", "other", { tags: { note: token } });
  expect(found(site)).toEqual([
    expect.stringMatching(/^hosts: a command of its user data holds a GitHub token \(ghp_…, 40 characters\)/),
    "rotate: environment PASSWORD holds the value of PASSWORD (h…, 7 characters); keep it in Secrets Manager",
    "other: tag note holds a GitHub token (ghp_…, 40 characters); keep it in Secrets Manager",
  ]);
});

test("never prints a secret", () => {
  const secret = random(40);
  expect(JSON.stringify(holding(`password = ${secret}`))).not.toContain(secret.slice(0, 5));
});

test("says what nobody can know yet", () => {
  expect(found(GOOD.copy().change("web-1-instance", { userDataBase64: unknownValue }))).toEqual([
    "unknown: userDataBase64; without it nobody can tell whether user data of web-1-instance holds a secret",
  ]);
});

test("is not applicable without hosts, and looks at no other property", () => {
  const site = new Fixture();
  site.add("aws:ssm/parameter:Parameter", "parameter", { value: "password = hunter2" });
  expect(check(noSecretInUserData, site)).toEqual({ notApplicable: "the stack has no host and no function" });
});
