/** KMS keys and aliases: recorded. */
import type { ResourceType } from "../resource";
import { count, flag, text } from "../rules";
import { docs, json, tags } from "./common";

const key: ResourceType = {
  token: "aws:kms/key:Key",
  inputs: {
    description: text({ max: 8192 }),
    policy: json({ max: 32768 }),
    deletionWindowInDays: count({ min: 7, max: 30, link: docs.kmsDeletion }),
    enableKeyRotation: flag({ default: false }),
    rotationPeriodInDays: count({ min: 90, max: 2560 }),
    isEnabled: flag({ default: true }),
    keyUsage: text({ oneOf: ["ENCRYPT_DECRYPT"], default: "ENCRYPT_DECRYPT", replaces: true }),
    customerMasterKeySpec: text({
      oneOf: ["SYMMETRIC_DEFAULT"],
      default: "SYMMETRIC_DEFAULT",
      replaces: true,
    }),
    multiRegion: flag({ replaces: true }),
    bypassPolicyLockoutSafetyCheck: flag({ default: false }),
    tags,
  },
  computed: ["arn", "keyId", "policy"],
  known: (_inputs, { region }) => ({ region }),
};

const alias: ResourceType = {
  token: "aws:kms/alias:Alias",
  inputs: {
    name: text({
      replaces: true,
      max: 256,
      pattern: /^alias\/[a-zA-Z0-9:/_-]+$/,
      want: "alias/ and letters, digits or : / _ -",
      link: docs.kmsAlias,
      check: (value) =>
        value.startsWith("alias/aws/")
          ? `want a name outside alias/aws/, got ${value}; see ${docs.kmsAlias}`
          : undefined,
    }),
    targetKeyId: text({ required: true }),
  },
  // a made-up alias would have to begin with alias/: the program names it
  check: ({ name }) =>
    name === undefined ? [{ property: "name", reason: "name: want alias/NAME, got none; set it" }] : [],
  computed: ["arn", "targetKeyArn"],
  known: (_inputs, { region }) => ({ region }),
};

export const types: readonly ResourceType[] = [key, alias];
