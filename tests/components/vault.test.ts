import { checkVault, Vault } from "../../components/vault";
import { isSecret, mockCloud } from "../support/mocks";

const args = {
  prefix: "foobar/test",
  keyArn: "arn:key",
  recoveryDays: 0,
  secrets: { "mysql/app": "s3cret", "tls/ca": "pem" },
};

test("is one secret and one value for each name, under the customer's key", async () => {
  const cloud = await mockCloud();
  new Vault("vault", args);
  await cloud.settled();
  expect(cloud.children("vault")).toEqual([
    "aws:secretsmanager/secret:Secret vault-mysql-app",
    "aws:secretsmanager/secret:Secret vault-tls-ca",
    "aws:secretsmanager/secretVersion:SecretVersion vault-mysql-app-value",
    "aws:secretsmanager/secretVersion:SecretVersion vault-tls-ca-value",
  ]);
  expect(cloud.named("vault-mysql-app").inputs).toMatchObject({
    name: "foobar/test/mysql/app",
    kmsKeyId: "arn:key",
    recoveryWindowInDays: 0,
  });
});

test("makes every value a secret, given as one or not, also among the component's own inputs", async () => {
  const cloud = await mockCloud();
  new Vault("vault", args);
  await cloud.settled();
  expect(isSecret(cloud.named("vault-mysql-app-value").inputs.secretString)).toBe(true);
  const component = cloud.ofType("foobar:ops:Vault")[0].inputs.secrets as Record<string, unknown>;
  expect(Object.values(component).every(isSecret)).toBe(true);
});

test.each([
  [
    { secrets: { "with space": "x" } },
    "secrets: want names of up to 512 letters, digits and / _ + = . @ -, got foobar/test/with space; rename it",
  ],
  [
    { secrets: { "api-abc123": "x" } },
    "secrets: want no name that ends in a hyphen and six characters, got foobar/test/api-abc123",
  ],
  [{ recoveryDays: 3 }, "recoveryDays: want 0 or 7 to 30, got 3"],
])("refuses %j", async (wrong, message) => {
  const problems = checkVault({ ...args, ...wrong });
  expect(problems).toEqual([expect.stringContaining(message)]);
  const cloud = await mockCloud();
  expect(() => new Vault("vault", { ...args, ...wrong })).toThrow(`vault: ${message}`);
  await cloud.settled();
});
