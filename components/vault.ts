import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { refuse } from "./refuse";
import { tagsOf } from "./tags";

export interface VaultArgs {
  /** What all names begin with, without a slash at the end: `foobar/dev`. */
  prefix: string;
  keyArn: pulumi.Input<string>;
  /** How long a deleted secret can be restored, and its name not be used again; 0, or 7 to 30. */
  recoveryDays: number;
  /** Values by name below the prefix, such as `tls/site`. */
  secrets: Record<string, pulumi.Input<string>>;
}

/**
 * Every password and key of the site, in Secrets Manager under a name that is known beforehand. Hosts fetch theirs
 * with their role at boot and again by a timer; none is part of user data.
 */
export class Vault extends pulumi.ComponentResource {
  readonly prefix: string;

  constructor(name: string, args: VaultArgs, opts?: pulumi.ComponentResourceOptions) {
    // Values are secret outputs or made into such here: state and policies see that there is one, not what it is.
    const secrets = Object.fromEntries(
      Object.entries(args.secrets).map(([path, value]) => [path, pulumi.secret(value)]),
    );
    super("foobar:ops:Vault", name, { ...args, secrets }, opts);
    refuse(this, name, checkVault(args));
    this.prefix = args.prefix;
    for (const [path, value] of Object.entries(secrets)) {
      const key = `${name}-${path.replaceAll("/", "-")}`;
      const secret = new aws.secretsmanager.Secret(
        key,
        {
          name: `${args.prefix}/${path}`,
          kmsKeyId: args.keyArn,
          recoveryWindowInDays: args.recoveryDays,
          tags: tagsOf(path, "ops"),
        },
        { parent: this },
      );
      new aws.secretsmanager.SecretVersion(
        `${key}-value`,
        { secretId: secret.id, secretString: value },
        { parent: this },
      );
    }
    this.registerOutputs({});
  }
}

/** Every problem of a vault's arguments. Limits: Secrets Manager's API reference, CreateSecret and DeleteSecret. */
export function checkVault(args: VaultArgs): string[] {
  const problems: string[] = [];
  for (const path of Object.keys(args.secrets)) {
    const name = `${args.prefix}/${path}`;
    if (!/^[A-Za-z0-9/_+=.@-]{1,512}$/.test(name))
      problems.push(
        `secrets: want names of up to 512 letters, digits and / _ + = . @ -, got ${name}; rename it`,
      );
    else if (/-[A-Za-z0-9]{6}$/.test(name))
      problems.push(
        `secrets: want no name that ends in a hyphen and six characters, got ${name}; rename it, since AWS ends ARNs so`,
      );
  }
  const days = args.recoveryDays;
  if (days !== 0 && !(Number.isInteger(days) && days >= 7 && days <= 30))
    problems.push(`recoveryDays: want 0 or 7 to 30, got ${days}; use 30 where secrets must be restorable`);
  return problems;
}
