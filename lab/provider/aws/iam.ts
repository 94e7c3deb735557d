/** IAM roles, policies and instance profiles: recorded, and read by the metadata service. */
import type { ResourceType } from "../resource";
import { count, flag, text } from "../rules";
import { docs, json, tags } from "./common";

const name = (max: number) =>
  text({
    replaces: true,
    max,
    pattern: /^[\w+=,.@-]+$/,
    want: "letters, digits and _ + = , . @ -",
    link: docs.iamLimits,
  });
const path = text({
  default: "/",
  replaces: true,
  pattern: /^\/(.*\/)?$/,
  want: "a path that begins and ends with /",
  link: docs.iamLimits,
});

const role: ResourceType = {
  token: "aws:iam/role:Role",
  inputs: {
    name: name(64),
    assumeRolePolicy: json({ required: true, max: 2048, link: docs.iamLimits }),
    description: text({ max: 1000 }),
    path,
    forceDetachPolicies: flag({ default: false }),
    maxSessionDuration: count({ default: 3600, min: 3600, max: 43200, link: docs.iamLimits }),
    permissionsBoundary: text(),
    tags,
  },
  autoname: { property: "name", limit: 64 },
  computed: ["arn", "createDate", "uniqueId"],
};

const rolePolicy: ResourceType = {
  token: "aws:iam/rolePolicy:RolePolicy",
  inputs: {
    name: name(128),
    policy: json({ required: true, max: 10240, link: docs.iamLimits }),
    role: text({ required: true, replaces: true }),
  },
  autoname: { property: "name", limit: 128 },
  computed: [],
};

const instanceProfile: ResourceType = {
  token: "aws:iam/instanceProfile:InstanceProfile",
  inputs: { name: name(128), role: text(), path, tags },
  autoname: { property: "name", limit: 128 },
  computed: ["arn", "createDate", "uniqueId"],
};

const rolePolicyAttachment: ResourceType = {
  token: "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
  inputs: {
    role: text({ required: true, replaces: true }),
    policyArn: text({
      required: true,
      replaces: true,
      pattern: /^arn:aws:iam::(aws|\d{12}):policy\/.+/,
      want: "the ARN of a policy",
    }),
  },
  computed: [],
};

export const types: readonly ResourceType[] = [role, rolePolicy, instanceProfile, rolePolicyAttachment];
