/** Route 53 zones and records: the lab's DNS server answers from them. */
import type { ResourceType } from "../resource";
import { count, flag, list, object, text, type Failure } from "../rules";
import { hasUnknown, isUnknown, type Properties } from "../values";
import { parseAddress } from "../../cloud/cidr";
import { docs, idOf, tags } from "./common";

const domain =
  /^(\*\.)?([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)*[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.?$/;
const dnsName = (options: { required?: boolean; replaces?: boolean } = {}) =>
  text({
    ...options,
    max: 1024,
    pattern: domain,
    want: "a domain name with labels of 1 to 63 characters",
    link: docs.dnsName,
  });

const zone: ResourceType = {
  token: "aws:route53/zone:Zone",
  inputs: {
    name: dnsName({ required: true, replaces: true }),
    comment: text({ default: "Managed by Pulumi", max: 256 }),
    forceDestroy: flag({ default: false }),
    vpcs: list(object({ vpcId: idOf("vpc", { required: true }), vpcRegion: text() }), { unordered: true }),
    tags,
  },
  computed: ["arn", "zoneId", "nameServers", "primaryNameServer"],
  // a zone is private or public for life
  replaces: (olds, news) => ((olds.vpcs === undefined) === (news.vpcs === undefined) ? [] : ["vpcs"]),
};

const values: Record<string, (value: string) => boolean> = {
  A: (value) => parseAddress(value) !== undefined,
  AAAA: (value) => value.includes(":"),
  CNAME: (value) => domain.test(value),
  TXT: () => true,
  MX: (value) => /^\d{1,5} \S+$/.test(value),
  NS: (value) => domain.test(value),
  CAA: (value) => /^\d{1,3} \S+ ".*"$/.test(value),
};

function recordProblems(inputs: Properties): Failure[] {
  const failures: Failure[] = [];
  const { records, aliases, ttl, type } = inputs;
  if ((records === undefined) === (aliases === undefined))
    failures.push({
      property: "records",
      reason: `records: want records or aliases, got ${records === undefined ? "neither" : "both"}; see ${docs.record}`,
    });
  if (records !== undefined && ttl === undefined)
    failures.push({
      property: "ttl",
      reason: `ttl: want seconds with records, got none; see ${docs.record}`,
    });
  if (Array.isArray(records) && !isUnknown(type) && typeof type === "string" && type in values)
    for (const value of records as unknown[])
      if (!hasUnknown(value) && !values[type](String(value)))
        failures.push({
          property: "records",
          reason: `records: want values for type ${type}, got ${JSON.stringify(value)}; see ${docs.record}`,
        });
  return failures;
}

const record: ResourceType = {
  token: "aws:route53/record:Record",
  inputs: {
    zoneId: text({ required: true, replaces: true }),
    name: dnsName({ required: true, replaces: true }),
    type: text({ required: true, oneOf: Object.keys(values), link: docs.record }),
    ttl: count({ min: 0, max: 2147483647, link: docs.record }),
    records: list(text({ max: 4000 }), { unordered: true }),
    aliases: list(
      object({
        name: dnsName({ required: true }),
        zoneId: text({ required: true }),
        evaluateTargetHealth: flag({ required: true }),
      }),
    ),
    allowOverwrite: flag(),
  },
  computed: ["fqdn"],
  check: recordProblems,
};

export const types: readonly ResourceType[] = [zone, record];
