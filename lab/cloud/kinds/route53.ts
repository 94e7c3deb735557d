/** Hosted zones and their records; the DNS server answers from them. */
import { randomBytes } from "node:crypto";
import { idsIn, type Model } from "../model";
import { Refusal } from "../refusal";
import type { Properties, Resource } from "../store";
import type { Kind } from "./kind";

const docs = "https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html";

/** A name without its final dot, in lower case. */
export const bare = (name: unknown): string => String(name).toLowerCase().replace(/\.$/, "");

/** The full name of a record: names are relative to the zone unless they end with it. */
export function fullName(zone: Resource, name: unknown): string {
  const [own, suffix] = [bare(name), bare(zone.properties.name)];
  if (own === "") return suffix;
  return own === suffix || own.endsWith(`.${suffix}`) ? own : `${own}.${suffix}`;
}

const vpcIds = ({ vpcs }: Properties): string[] =>
  idsIn(((vpcs as { vpcId: string }[] | undefined) ?? []).map(({ vpcId }) => vpcId));

/** Whether only the VPC sees the zone. */
export const isPrivate = (zone: Resource): boolean => vpcIds(zone.properties).length > 0;

const servers = [
  "ns-1.awsdns-lab.com",
  "ns-2.awsdns-lab.net",
  "ns-3.awsdns-lab.org",
  "ns-4.awsdns-lab.co.uk",
];

const zone: Kind = {
  name: "route53/zone",
  id: () => `Z${randomBytes(10).toString("hex").toUpperCase()}`,
  refuse: (model, properties, self) => {
    for (const id of vpcIds(properties))
      if (model.get("ec2/vpc", id) === undefined)
        throw new Refusal("InvalidVPCId", `vpcs: want VPCs that are there, got ${id}; create it first`, docs);
    const clash = model
      .all("route53/zone")
      .find(
        (other) =>
          other.id !== self?.id &&
          bare(other.properties.name) === bare(properties.name) &&
          isPrivate(other) &&
          vpcIds(properties).length > 0,
      );
    if (clash !== undefined)
      throw new Refusal(
        "ConflictingDomainExists",
        `name: want one private zone ${bare(properties.name)} in a VPC, got a second beside ${clash.id}; use that one`,
        docs,
      );
  },
  refuseDelete: (model, { id, properties }) => {
    const left = model.all("route53/record", { zoneId: id })[0];
    if (left !== undefined && properties.forceDestroy !== true)
      throw new Refusal(
        "HostedZoneNotEmpty",
        `${id}: want a zone without records, got ${left.id}; remove them or set forceDestroy`,
        docs,
      );
  },
  takesAlong: [{ kind: "route53/record", property: "zoneId" }],
  attributes: (_model, { id }) => ({
    zoneId: id,
    arn: `arn:aws:route53:::hostedzone/${id}`,
    nameServers: servers,
    primaryNameServer: servers[0],
  }),
};

/** An alias names the zone that its target's name lies in. */
function refuseAlias(model: Model, { aliases }: Properties): void {
  for (const { name, zoneId } of (aliases as { name: string; zoneId: string }[] | undefined) ?? []) {
    const balancer = model
      .all("lb/loadBalancer")
      .find(({ attributes }) => bare(attributes.dnsName) === bare(name));
    if (balancer !== undefined && balancer.attributes.zoneId !== zoneId)
      throw new Refusal(
        "InvalidChangeBatch",
        `aliases.zoneId: want ${String(balancer.attributes.zoneId)}, the zone of ${bare(name)}, got ${zoneId}; take the load balancer's zoneId`,
        docs,
      );
  }
}

function refuseRecord(model: Model, properties: Properties, self?: Resource): void {
  refuseAlias(model, properties);
  const home = model.get("route53/zone", properties.zoneId)!;
  const name = fullName(home, properties.name);
  const others = model
    .all("route53/record", { zoneId: home.id })
    .filter((other) => other.id !== self?.id && fullName(home, other.properties.name) === name);
  if (properties.type === "CNAME" && name === bare(home.properties.name))
    throw new Refusal(
      "InvalidChangeBatch",
      `name: want no CNAME at the zone's own name ${name}, got one; use an alias`,
      docs,
    );
  if (others.some((other) => other.properties.type === properties.type))
    throw new Refusal(
      "InvalidChangeBatch",
      `name: want one ${String(properties.type)} record for ${name}, got a second; it already exists`,
      docs,
    );
  if (
    others.length > 0 &&
    [properties.type, ...others.map((other) => other.properties.type)].includes("CNAME")
  )
    throw new Refusal(
      "InvalidChangeBatch",
      `name: want a CNAME alone at ${name}, got other records beside it; remove them`,
      docs,
    );
}

const record: Kind = {
  name: "route53/record",
  id: ({ zoneId, name, type }) => `${String(zoneId)}_${bare(name)}_${String(type)}`,
  references: [{ property: "zoneId", kind: "route53/zone", missing: "NoSuchHostedZone" }],
  refuse: refuseRecord,
  outputs: (model, { properties }) => ({
    fqdn: fullName(model.get("route53/zone", properties.zoneId)!, properties.name),
  }),
};

export const kinds: readonly Kind[] = [zone, record];
