/** Secrets Manager: secrets and their versions, kept by the lab's AWS API. */
import type { Context, ResourceType } from "../resource";
import { count, flag, list, text } from "../rules";
import type { Properties } from "../values";
import { gone, isMissing, secretsManager } from "./clients";
import { docs, json, tags } from "./common";

/** Tag by which a repeated create finds what an interrupted one has made. */
const tokenTag = "foobar-lab:client-token";

async function createSecret(
  inputs: Properties,
  { settings }: Context,
): Promise<{ id: string; outputs: Properties }> {
  const { sdk, client } = await secretsManager(settings);
  const name = inputs.name as string;
  const all = {
    ...settings.defaultTags,
    ...(inputs.tags as Record<string, string> | undefined),
    [tokenTag]: inputs.__clientToken as string,
  };
  let arn: string | undefined;
  try {
    const made = await client.send(
      new sdk.CreateSecretCommand({
        Name: name,
        Description: inputs.description as string | undefined,
        KmsKeyId: inputs.kmsKeyId as string | undefined,
        Tags: Object.entries(all).map(([Key, Value]) => ({ Key, Value })),
      }),
    );
    arn = made.ARN!;
  } catch (error) {
    if ((error as Error).name !== "ResourceExistsException") throw error;
    const found = await client.send(new sdk.DescribeSecretCommand({ SecretId: name }));
    if (!found.Tags?.some(({ Key, Value }) => Key === tokenTag && Value === inputs.__clientToken))
      throw error;
    arn = found.ARN!;
  }
  if (inputs.policy !== undefined)
    await client.send(
      new sdk.PutResourcePolicyCommand({ SecretId: arn, ResourcePolicy: inputs.policy as string }),
    );
  return { id: arn, outputs: { arn } };
}

const secret: ResourceType = {
  token: "aws:secretsmanager/secret:Secret",
  inputs: {
    name: text({
      replaces: true,
      max: 512,
      pattern: /^[A-Za-z0-9/_+=.@-]+$/,
      want: "letters, digits and / _ + = . @ -",
      link: docs.secret,
      check: (value) =>
        /-.{6}$/.test(value)
          ? `want a name that does not end in a hyphen and six characters, got ${value}; see ${docs.secret}`
          : undefined,
    }),
    description: text({ max: 2048 }),
    kmsKeyId: text(),
    policy: json({ max: 20480 }),
    recoveryWindowInDays: count({ default: 30, min: 0, max: 30, link: docs.secretDeletion }),
    forceOverwriteReplicaSecret: flag({ default: false }),
    tags,
  },
  autoname: { property: "name", limit: 512 },
  clientToken: true,
  computed: ["arn"],
  known: (_inputs, { region }) => ({ region }),
  check: ({ recoveryWindowInDays: days }) =>
    typeof days === "number" && days > 0 && days < 7
      ? [
          {
            property: "recoveryWindowInDays",
            reason: `recoveryWindowInDays: want 0 or 7 to 30, got ${days}; see ${docs.secretDeletion}`,
          },
        ]
      : [],
  backend: {
    create: createSecret,
    async read(id, _state, { settings }) {
      const { sdk, client } = await secretsManager(settings);
      try {
        const found = await client.send(new sdk.DescribeSecretCommand({ SecretId: id }));
        if (found.DeletedDate) return undefined;
        const { ARN: arn, Name: name, Description: description, KmsKeyId: kmsKeyId } = found;
        return { id, outputs: { arn, name, description, kmsKeyId } };
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    async update(id, inputs, _state, { settings }) {
      const { sdk, client } = await secretsManager(settings);
      await client.send(
        new sdk.UpdateSecretCommand({
          SecretId: id,
          Description: inputs.description as string | undefined,
          KmsKeyId: inputs.kmsKeyId as string | undefined,
        }),
      );
      return { arn: id };
    },
    async delete(id, state, { settings }) {
      const { sdk, client } = await secretsManager(settings);
      const days = (state.recoveryWindowInDays as number | undefined) ?? 30;
      const how = days === 0 ? { ForceDeleteWithoutRecovery: true } : { RecoveryWindowInDays: days };
      await gone(client.send(new sdk.DeleteSecretCommand({ SecretId: id, ...how })));
    },
  },
};

async function putVersion(
  inputs: Properties,
  { settings }: Context,
): Promise<{ id: string; outputs: Properties }> {
  const { sdk, client } = await secretsManager(settings);
  const binary = inputs.secretBinary as string | undefined;
  const put = await client.send(
    new sdk.PutSecretValueCommand({
      SecretId: inputs.secretId as string,
      ClientRequestToken: inputs.__clientToken as string,
      SecretString: inputs.secretString as string | undefined,
      SecretBinary: binary === undefined ? undefined : Buffer.from(binary, "base64"),
      VersionStages: inputs.versionStages as string[] | undefined,
    }),
  );
  return {
    id: `${put.ARN}|${put.VersionId}`,
    outputs: {
      arn: put.ARN,
      versionId: put.VersionId,
      versionStages: put.VersionStages ?? ["AWSCURRENT"],
      hasSecretStringWo: false,
    },
  };
}

const secretVersion: ResourceType = {
  token: "aws:secretsmanager/secretVersion:SecretVersion",
  inputs: {
    secretId: text({ required: true, replaces: true }),
    secretString: text({
      replaces: true,
      check: (value) =>
        Buffer.byteLength(value) > 65536
          ? `want at most 65536 bytes, got ${Buffer.byteLength(value)}; see ${docs.secretValue}`
          : undefined,
    }),
    secretBinary: text({ replaces: true }),
    versionStages: list(text(), { unordered: true }),
  },
  clientToken: true,
  computed: ["arn", "versionId", "versionStages"],
  secretOutputs: ["secretString", "secretBinary"],
  known: (_inputs, { region }) => ({ region }),
  check: ({ secretString, secretBinary }) =>
    (secretString === undefined) === (secretBinary === undefined)
      ? [
          {
            property: "secretString",
            reason: `secretString: want secretString or secretBinary, got ${secretString === undefined ? "neither" : "both"}; see ${docs.secretValue}`,
          },
        ]
      : [],
  backend: {
    create: putVersion,
    async read(id, state, { settings }) {
      const { sdk, client } = await secretsManager(settings);
      const [SecretId, VersionId] = id.split("|");
      try {
        const found = await client.send(new sdk.GetSecretValueCommand({ SecretId, VersionId }));
        const { arn, versionId } = state;
        const versionStages = found.VersionStages ?? state.versionStages;
        const binary = found.SecretBinary && Buffer.from(found.SecretBinary).toString("base64");
        const kept = { arn, versionId, versionStages, hasSecretStringWo: false };
        return { id, outputs: { ...kept, secretString: found.SecretString, secretBinary: binary } };
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    async update(id, inputs, state, { settings }) {
      const { sdk, client } = await secretsManager(settings);
      for (const stage of (inputs.versionStages as string[] | undefined) ?? [])
        await client.send(
          new sdk.UpdateSecretVersionStageCommand({
            SecretId: inputs.secretId as string,
            VersionStage: stage,
            MoveToVersionId: id.split("|")[1],
          }),
        );
      return { arn: state.arn };
    },
    // the service drops a version without stages by itself; the current one goes with its secret
    async delete() {},
  },
};

export const types: readonly ResourceType[] = [secret, secretVersion];
