/** Log groups and flow logs: recorded, with the identifiers that a program needs. */
import type { ResourceType } from "../resource";
import { count, flag, text } from "../rules";
import { docs, idOf, tags } from "./common";

const retention = [
  0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const logGroup: ResourceType = {
  token: "aws:cloudwatch/logGroup:LogGroup",
  inputs: {
    name: text({
      replaces: true,
      max: 512,
      pattern: /^[.\-_/#A-Za-z0-9]+$/,
      want: "letters, digits and . - _ / #",
      link: docs.logGroup,
    }),
    retentionInDays: count({ default: 0 }),
    kmsKeyId: text(),
    logGroupClass: text({ oneOf: ["STANDARD", "INFREQUENT_ACCESS", "DELIVERY"], replaces: true }),
    skipDestroy: flag({ default: false }),
    tags,
  },
  autoname: { property: "name", limit: 512 },
  computed: ["arn"],
  known: (_inputs, { region }) => ({ region }),
  check: ({ retentionInDays: days }) =>
    typeof days === "number" && !retention.includes(days)
      ? [
          {
            property: "retentionInDays",
            reason: `retentionInDays: want one of ${retention.join(", ")}, got ${days}; see ${docs.logRetention}`,
          },
        ]
      : [],
};

const sources = ["vpcId", "subnetId", "eniId"] as const;

const flowLog: ResourceType = {
  token: "aws:ec2/flowLog:FlowLog",
  inputs: {
    vpcId: idOf("vpc", { replaces: true }),
    subnetId: idOf("subnet", { replaces: true }),
    eniId: idOf("eni", { replaces: true }),
    trafficType: text({ oneOf: ["ACCEPT", "REJECT", "ALL"], replaces: true, link: docs.flowLog }),
    logDestinationType: text({
      oneOf: ["cloud-watch-logs", "s3"],
      default: "cloud-watch-logs",
      replaces: true,
      link: docs.flowLog,
    }),
    logDestination: text({ required: true, replaces: true }),
    logFormat: text({ replaces: true }),
    iamRoleArn: text({ replaces: true }),
    maxAggregationInterval: count({ default: 600, replaces: true }),
    tags,
  },
  computed: ["arn"],
  known: (_inputs, { region }) => ({ region }),
  check: (inputs) => {
    const failures = [];
    const given = sources.filter((name) => inputs[name] !== undefined);
    if (given.length !== 1)
      failures.push({
        property: "vpcId",
        reason: `source: want exactly one of ${sources.join(", ")}, got ${given.length}; see ${docs.flowLog}`,
      });
    if (inputs.logDestinationType === "cloud-watch-logs" && inputs.iamRoleArn === undefined)
      failures.push({
        property: "iamRoleArn",
        reason: `iamRoleArn: want a role for CloudWatch Logs, got none; see ${docs.flowLog}`,
      });
    if (
      typeof inputs.maxAggregationInterval === "number" &&
      ![60, 600].includes(inputs.maxAggregationInterval)
    )
      failures.push({
        property: "maxAggregationInterval",
        reason: `maxAggregationInterval: want 60 or 600, got ${inputs.maxAggregationInterval}; see ${docs.flowLog}`,
      });
    return failures;
  },
};

export const types: readonly ResourceType[] = [logGroup, flowLog];
