import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

/** Who signs in to MySQL with a password. Whoever sits on the host itself, as the monitoring agent does, needs none. */
const ACCOUNTS = ["app", "replication"] as const;

/**
 * The passwords of MySQL's accounts. Letters and digits only, 32 of them (190 bits): they go through shells, JSON and
 * SQL without quoting.
 */
export class DatabaseAccounts extends pulumi.ComponentResource {
  /** Values of `mysql/…` in the vault: JSON with username and password. Secret. */
  readonly secrets: Record<string, pulumi.Output<string>>;

  constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
    super("foobar:data:DatabaseAccounts", name, {}, opts);
    this.secrets = Object.fromEntries(
      ACCOUNTS.map((account) => {
        const password = new random.RandomPassword(
          `${name}-${account}`,
          { length: 32, special: false },
          { parent: this },
        );
        return [`mysql/${account}`, pulumi.jsonStringify({ username: account, password: password.result })];
      }),
    );
    this.registerOutputs({});
  }
}
