/** Answers to DNS questions, out of Route 53's records and AWS's own names. */
import type { Answer, Packet } from "dns-packet";
import { publicAddressOf } from "../addresses";
import { nodesInDns } from "../balancing/health";
import { privateDomain, publicDomain } from "../kinds/compute";
import { bare, fullName, isPrivate } from "../kinds/route53";
import { mirrorAddress } from "../mirrors/names";
import type { Model } from "../model";
import type { Resource } from "../store";

/** Where AWS's services answer in the lab. */
const awsAddress = "192.0.2.10";
/** Seconds that AWS's own names, and that a name does not exist, may be kept. */
const awsTtl = 60;
const negativeTtl = 5;

interface Found {
  answers: Answer[];
  /** Zone that the name belongs to; undefined when the lab has none for it. */
  zone?: string;
  exists: boolean;
}

/** Zones that this side sees and that the name lies in, the closest first, private ones before public ones. */
function zonesFor(model: Model, name: string, inside: boolean): Resource[] {
  return model
    .all("route53/zone")
    .filter(
      (zone) =>
        (inside || !isPrivate(zone)) &&
        (name === bare(zone.properties.name) || name.endsWith(`.${bare(zone.properties.name)}`)),
    )
    .sort(
      (a, b) =>
        bare(b.properties.name).length - bare(a.properties.name).length ||
        Number(isPrivate(b)) - Number(isPrivate(a)),
    );
}

/** Quoted strings of a TXT value; an unquoted one is a single string. */
const txtStrings = (value: string): string[] =>
  value.startsWith('"')
    ? [...value.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((match) => match[1].replace(/\\(.)/g, "$1"))
    : [value];

function answerOf(type: string, name: string, ttl: number, value: string): Answer {
  const [first, ...rest] = value.split(/\s+/);
  if (type === "TXT") return { type: "TXT", name, ttl, data: txtStrings(value) };
  if (type === "MX")
    return { type: "MX", name, ttl, data: { preference: Number(first), exchange: bare(rest[0]) } };
  if (type === "CAA")
    return {
      type: "CAA",
      name,
      ttl,
      data: {
        flags: Number(first),
        tag: rest[0] as "issue",
        value: rest.slice(1).join(" ").replace(/^"|"$/g, ""),
      },
    };
  if (type === "CNAME" || type === "NS") return { type, name, ttl, data: bare(value) };
  return { type: type as "A", name, ttl, data: value };
}

const soa = (zone: string): Answer => ({
  type: "SOA",
  name: zone,
  ttl: negativeTtl,
  data: {
    mname: "ns-1.awsdns-lab.com",
    rname: "awsdns-hostmaster.amazon.com",
    serial: 1,
    refresh: 7200,
    retry: 900,
    expire: 1209600,
    minimum: negativeTtl,
  },
});

/** Names that AWS gives to hosts and services. */
function awsName(model: Model, name: string, inside: boolean): Found | undefined {
  const host = (match: (resource: Resource) => string | undefined): Found | undefined => {
    const address = model
      .all("ec2/instance")
      .map(match)
      .find((one) => one !== undefined);
    return address === undefined
      ? undefined
      : { answers: [{ type: "A", name, ttl: awsTtl, data: address }], exists: true };
  };
  const dashed = /^(?:ip|ec2)-(\d+-\d+-\d+-\d+)\.(.+)$/.exec(name);
  if (dashed !== null) {
    const address = dashed[1].replaceAll("-", ".");
    const found = host(({ id, attributes, region }) => {
      if (inside && dashed[2] === privateDomain(region) && attributes.privateIp === address) return address;
      if (dashed[2] !== publicDomain(region) || publicAddressOf(model, id) !== address) return undefined;
      return inside ? (attributes.privateIp as string) : address;
    });
    return found ?? { answers: [], exists: false };
  }
  const balancer = model.all("lb/loadBalancer").find(({ attributes }) => attributes.dnsName === name);
  if (balancer !== undefined) {
    const addresses = nodesInDns(model, balancer).map(
      ({ attributes }) => (attributes.publicIp ?? attributes.privateIp) as string,
    );
    return {
      answers: rotated(addresses).map((data) => ({ type: "A", name, ttl: awsTtl, data })),
      exists: true,
      zone: "amazonaws.com",
    };
  }
  if (/\.amazonaws\.com$/.test(name))
    return {
      answers: [{ type: "A", name, ttl: awsTtl, data: awsAddress }],
      exists: true,
      zone: "amazonaws.com",
    };
  const reverse = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\.in-addr\.arpa$/.exec(name);
  if (reverse === null || !inside) return undefined;
  const address = reverse.slice(1).reverse().join(".");
  const known = model.all("ec2/instance").find(({ attributes }) => attributes.privateIp === address);
  if (known === undefined) return undefined;
  return {
    answers: [
      {
        type: "PTR",
        name,
        ttl: awsTtl,
        data: `ip-${address.replaceAll(".", "-")}.${privateDomain(known.region)}`,
      },
    ],
    exists: true,
  };
}

/** Records at a name of a zone; those of `*.parent` when there are none and nothing lies below. */
function recordsAt(model: Model, zone: Resource, name: string): Resource[] {
  const all = model.all("route53/record", { zoneId: zone.id });
  const at = (wanted: string): Resource[] =>
    all.filter(({ properties }) => fullName(zone, properties.name) === wanted);
  const exact = at(name);
  if (exact.length > 0 || all.some(({ properties }) => fullName(zone, properties.name).endsWith(`.${name}`)))
    return exact;
  for (let rest = name; rest !== bare(zone.properties.name) && rest.includes(".");) {
    rest = rest.slice(rest.indexOf(".") + 1);
    const wild = at(`*.${rest}`);
    if (wild.length > 0) return wild;
    if (at(rest).length > 0) return [];
  }
  return [];
}

/** Turns a list around by one step per question, so that clients which take the first answer are spread. */
let turn = 0;
function rotated<T>(items: T[]): T[] {
  turn = (turn + 1) % 1_000_000;
  const start = items.length > 0 ? turn % items.length : 0;
  return [...items.slice(start), ...items.slice(0, start)];
}

/** Names of the internet that are nobody's in the cloud. */
function mirrorName(name: string): Found | undefined {
  const data = mirrorAddress(name);
  return data === undefined ? undefined : { answers: [{ type: "A", name, ttl: awsTtl, data }], exists: true };
}

function lookUp(model: Model, name: string, type: string, inside: boolean, depth: number): Found {
  const [zone] = zonesFor(model, name, inside);
  if (zone === undefined) {
    const aws = awsName(model, name, inside) ?? mirrorName(name);
    return aws === undefined
      ? { answers: [], exists: false }
      : { ...aws, answers: aws.answers.filter((answer) => answer.type === type) };
  }
  const apex = bare(zone.properties.name);
  const records = recordsAt(model, zone, name);
  const below = model
    .all("route53/record", { zoneId: zone.id })
    .some(({ properties }) => fullName(zone, properties.name).endsWith(`.${name}`));
  const found: Found = { answers: [], zone: apex, exists: records.length > 0 || name === apex || below };
  if (name === apex && type === "SOA") found.answers.push(soa(apex));
  if (name === apex && type === "NS")
    found.answers.push(
      ...(zone.attributes.nameServers as string[]).map((data) => ({
        type: "NS" as const,
        name,
        ttl: 172800,
        data,
      })),
    );
  const wanted =
    records.find(({ properties }) => properties.type === type) ??
    records.find(({ properties }) => properties.type === "CNAME");
  if (wanted === undefined || depth >= 8) return found;
  const { properties } = wanted;
  const [alias] = (properties.aliases as { name: string }[] | undefined) ?? [];
  if (alias !== undefined) {
    const target = lookUp(model, bare(alias.name), type, inside, depth + 1);
    found.answers.push(...target.answers.map((answer) => ({ ...answer, name })));
    return found;
  }
  const values = rotated(properties.records as string[]);
  found.answers.push(
    ...values.map((value) => answerOf(properties.type as string, name, properties.ttl as number, value)),
  );
  if (properties.type === "CNAME" && type !== "CNAME")
    found.answers.push(...lookUp(model, bare(values[0]), type, inside, depth + 1).answers);
  return found;
}

const flags = {
  authoritative: 1 << 10,
  recursionDesired: 1 << 8,
  recursionAvailable: 1 << 7,
  nameError: 3,
  notImplemented: 4,
};

/**
 * The answer to a query.
 * @param inside whether a host of the VPC asks: only those see private zones.
 */
export function answerQuery(model: Model, query: Packet, inside: boolean): Packet {
  const [question] = query.questions ?? [];
  const wish = (query.flags ?? 0) & flags.recursionDesired;
  const base: Packet = {
    type: "response",
    id: query.id,
    questions: query.questions,
    flags: wish | flags.recursionAvailable,
  };
  if (question === undefined || (query as { opcode?: string }).opcode !== "QUERY")
    return { ...base, flags: base.flags! | flags.notImplemented };
  const name = bare(question.name);
  const { answers, exists, zone } = lookUp(model, name, question.type, inside, 0);
  const authorities = answers.length === 0 ? [soa(zone ?? "")] : [];
  const code = exists || answers.length > 0 ? 0 : flags.nameError;
  // names keep the letters they were asked with: some resolvers compare them
  const named = answers.map((answer) =>
    bare(answer.name) === name ? { ...answer, name: question.name } : answer,
  );
  return {
    ...base,
    flags: base.flags! | (zone === undefined ? 0 : flags.authoritative) | code,
    answers: named,
    authorities,
  };
}

/** Addresses of a name as the internet sees it. */
export function publicAddresses(model: Model, name: string): string[] {
  return lookUp(model, bare(name), "A", false, 0).answers.flatMap((answer) =>
    answer.type === "A" ? [answer.data] : [],
  );
}
