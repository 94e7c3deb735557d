import { DatabaseAccounts } from "../../components/database-accounts";
import { Vault } from "../../components/vault";
import { isSecret, mockCloud } from "../support/mocks";

test("is a long random password for each account, secret from the beginning", async () => {
  const cloud = await mockCloud();
  const accounts = new DatabaseAccounts("accounts");
  new Vault("vault", { prefix: "p", keyArn: "k", recoveryDays: 0, secrets: accounts.secrets });
  await cloud.settled();
  expect(cloud.children("accounts")).toEqual([
    "random:index/randomPassword:RandomPassword accounts-app",
    "random:index/randomPassword:RandomPassword accounts-replication",
  ]);
  expect(cloud.named("accounts-app").inputs).toMatchObject({ length: 32, special: false });
  const stored = cloud.named("vault-mysql-app-value").inputs.secretString as { value: string };
  expect(isSecret(stored)).toBe(true);
  expect(JSON.parse(stored.value)).toEqual({ username: "app", password: "password of accounts-app" });
});
