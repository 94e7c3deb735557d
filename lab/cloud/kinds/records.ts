/** Kinds that the lab records and refers to, but that nothing on the machine is built from. */
import { randomBytes, randomUUID } from "node:crypto";
import { arn, accountId, text, type Model } from "../model";
import { Refusal } from "../refusal";
import type { Properties, Resource } from "../store";
import type { Kind, Reference } from "./kind";

const iamErrors = "https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html";
const iamArn = (type: string, { properties }: Resource): string =>
  `arn:aws:iam::${accountId}:${type}${text(properties.path ?? "/")}${String(properties.name)}`;
const uniqueId = (prefix: string): string =>
  prefix + randomBytes(11).toString("hex").slice(0, 17).toUpperCase();
const byName = ({ name }: Properties): string => String(name);
const ofRole: Reference = {
  property: "role",
  kind: "iam/role",
  missing: "NoSuchEntity",
  holds: "DeleteConflict",
};

/** Refuses a name that another resource of the kind has. */
const nameOnce =
  (kind: string, code: string, link?: string) =>
  (model: Model, { name }: Properties, self?: Resource): void => {
    if (self === undefined && model.get(kind, name) !== undefined)
      throw new Refusal(
        code,
        `name: want a name that is free, got ${String(name)} again; choose another`,
        link,
      );
  };

const role: Kind = {
  name: "iam/role",
  id: byName,
  refuse: nameOnce("iam/role", "EntityAlreadyExists", iamErrors),
  attributes: (_model, resource) => ({
    arn: iamArn("role", resource),
    createDate: new Date(resource.createdAtMs).toISOString(),
    uniqueId: uniqueId("AROA"),
  }),
};

const rolePolicy: Kind = {
  name: "iam/rolePolicy",
  id: ({ role: of, name }) => `${String(of)}:${String(name)}`,
  references: [ofRole],
};

const instanceProfile: Kind = {
  name: "iam/instanceProfile",
  id: byName,
  references: [ofRole],
  refuse: nameOnce("iam/instanceProfile", "EntityAlreadyExists", iamErrors),
  attributes: (_model, resource) => ({
    arn: iamArn("instance-profile", resource),
    createDate: new Date(resource.createdAtMs).toISOString(),
    uniqueId: uniqueId("AIPA"),
  }),
};

const rolePolicyAttachment: Kind = {
  name: "iam/rolePolicyAttachment",
  id: ({ role: of, policyArn }) => `${String(of)}-${String(policyArn).split("/").pop()}`,
  references: [ofRole],
};

const key: Kind = {
  name: "kms/key",
  id: () => randomUUID(),
  attributes: (_model, { id, region, properties }) => ({
    arn: arn("kms", region, `key/${id}`),
    keyId: id,
    policy:
      properties.policy ??
      JSON.stringify({
        Version: "2012-10-17",
        Id: "key-default-1",
        Statement: [
          {
            Sid: "Enable IAM User Permissions",
            Effect: "Allow",
            Principal: { AWS: `arn:aws:iam::${accountId}:root` },
            Action: "kms:*",
            Resource: "*",
          },
        ],
      }),
  }),
};

/** A key by its id or ARN. */
const keyOf = (model: Model, target: unknown): Resource | undefined =>
  model.get("kms/key", String(target).split("key/").pop());

const alias: Kind = {
  name: "kms/alias",
  id: byName,
  refuse: (model, properties, self) => {
    if (keyOf(model, properties.targetKeyId) === undefined)
      throw new Refusal(
        "NotFoundException",
        `targetKeyId: want a key that is there, got ${String(properties.targetKeyId)}; create it first`,
        "https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html",
      );
    nameOnce(
      "kms/alias",
      "AlreadyExistsException",
      "https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html",
    )(model, properties, self);
  },
  attributes: (_model, { region, properties }) => ({ arn: arn("kms", region, String(properties.name)) }),
  outputs: (model, { properties }) => ({
    targetKeyArn: keyOf(model, properties.targetKeyId)?.attributes.arn,
  }),
};

const logGroup: Kind = {
  name: "cloudwatch/logGroup",
  id: byName,
  refuse: nameOnce(
    "cloudwatch/logGroup",
    "ResourceAlreadyExistsException",
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html",
  ),
  attributes: (_model, { region, properties }) => ({
    arn: arn("logs", region, `log-group:${String(properties.name)}`),
  }),
};

const flowLog: Kind = {
  name: "ec2/flowLog",
  id: "fl",
  references: [
    { property: "vpcId", kind: "ec2/vpc", missing: "InvalidVpcId.NotFound" },
    { property: "subnetId", kind: "ec2/subnet", missing: "InvalidSubnetId.NotFound" },
  ],
  attributes: (_model, { id, region }) => ({ arn: arn("ec2", region, `vpc-flow-log/${id}`) }),
};

const monitor: Kind = {
  name: "datadog/monitor",
  id: () => String(parseInt(randomBytes(4).toString("hex"), 16)),
};

export const kinds: readonly Kind[] = [
  role,
  rolePolicy,
  instanceProfile,
  rolePolicyAttachment,
  key,
  alias,
  logGroup,
  flowLog,
  monitor,
];
