/** Network load balancers: their nodes, target groups, listeners and targets. */
import { createHash, randomBytes } from "node:crypto";
import { checkPrivateAddress, freePrivateAddress, freePublicAddress } from "../addresses";
import { deregister, refuseTarget, register, type TargetKey } from "../balancing/targets";
import { arn, idsIn, makeId, type Model } from "../model";
import { Refusal } from "../refusal";
import type { Properties, Resource } from "../store";
import type { Kind } from "./kind";

const api = "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference";
const docs = {
  balancer: `${api}/API_CreateLoadBalancer.html`,
  delete: `${api}/API_DeleteLoadBalancer.html`,
  group: `${api}/API_CreateTargetGroup.html`,
  listener: `${api}/API_CreateListener.html`,
};

/** Zones of load balancers' names ("Elastic Load Balancing endpoints and quotas"), Network Load Balancers. */
const hostedZones: Record<string, string> = {
  "us-east-1": "Z26RNL4JYFTOTI",
  "us-east-2": "ZLMOA37VPKANP",
  "us-west-1": "Z24FKFUX50B4VW",
  "us-west-2": "Z18D5FSROUN65G",
  "ca-central-1": "Z2EPGBW3API2WT",
  "eu-central-1": "Z3F0SRJ5LGBH90",
  "eu-north-1": "Z1UDT6IFJ4EJM",
  "eu-south-1": "Z23146JA1KNAFP",
  "eu-west-1": "Z2IFOLAFXWLO4F",
  "eu-west-2": "ZD4D7Y8KGAS4G",
  "eu-west-3": "Z1CMS0P5QUZ6D5",
  "ap-northeast-1": "Z31USIVHYNEOWT",
  "ap-northeast-2": "ZIBE1TIR4HY56",
  "ap-south-1": "ZVDDRBQ08TROA",
  "ap-southeast-1": "ZKVM4W9LS7TM",
  "ap-southeast-2": "ZCT6FZBF4DROD",
};

const unique = (): string => randomBytes(8).toString("hex");
const elbArn = (region: string, rest: string): string => arn("elasticloadbalancing", region, rest);
/** What CloudWatch calls it by: the end of its ARN. */
const suffixOf = (id: string): string =>
  id
    .split(":")
    .at(-1)!
    .replace(/^loadbalancer\//, "");

/** Subnets of a balancer, with what was asked for in each. */
function placesOf({
  subnets,
  subnetMappings,
}: Properties): { subnetId: string; allocationId?: string; privateIpv4Address?: string }[] {
  if (subnetMappings !== undefined) return subnetMappings as { subnetId: string }[];
  return idsIn(subnets).map((subnetId) => ({ subnetId }));
}

function refuseBalancer(model: Model, properties: Properties, self?: Resource): void {
  const { name, internal, securityGroups } = properties;
  if (model.all("lb/loadBalancer", { name }).some(({ id }) => id !== self?.id))
    throw new Refusal(
      "DuplicateLoadBalancerName",
      `name: want one that no other load balancer has, got ${String(name)}; choose another`,
      docs.balancer,
    );
  const homes = placesOf(properties).map(({ subnetId }) => {
    const home = model.get("ec2/subnet", subnetId);
    if (home !== undefined) return home;
    throw new Refusal(
      "SubnetNotFound",
      `subnets: want subnets that are there, got ${subnetId}; create it first`,
      docs.balancer,
    );
  });
  const zones = homes.map(({ attributes }) => String(attributes.availabilityZone));
  const twice = zones.find((zone, index) => zones.indexOf(zone) !== index);
  if (twice !== undefined)
    throw new Refusal(
      "InvalidConfigurationRequest",
      `subnets: want one of each zone, got two of ${twice}; leave one out`,
      docs.balancer,
    );
  const vpcId = homes[0].properties.vpcId;
  if (homes.some((home) => home.properties.vpcId !== vpcId))
    throw new Refusal(
      "InvalidSubnet",
      `subnets: want subnets of one VPC, got some of another; leave them out`,
      docs.balancer,
    );
  for (const id of idsIn(securityGroups))
    if (model.get("ec2/securityGroup", id)!.properties.vpcId !== vpcId)
      throw new Refusal(
        "InvalidSecurityGroup",
        `securityGroups: want groups of ${String(vpcId)}, got ${id} of another VPC; use one of the same`,
        docs.balancer,
      );
  if (internal !== true && model.all("ec2/internetGateway", { vpcId }).length === 0)
    throw new Refusal(
      "InvalidSubnet",
      `subnets: want a VPC with an internet gateway for a balancer that faces the internet, got ${String(vpcId)} without; attach one and depend on it`,
      docs.balancer,
    );
  if (self === undefined)
    for (const { subnetId, privateIpv4Address } of placesOf(properties))
      if (privateIpv4Address !== undefined) checkPrivateAddress(model, subnetId, privateIpv4Address);
}

/** Gives a balancer a node in each of its subnets that has none yet. */
function addNodes(model: Model, { id, region, properties }: Resource): void {
  for (const { subnetId, allocationId, privateIpv4Address } of placesOf(properties)) {
    if (model.all("lb/node", { loadBalancerArn: id, subnetId }).length > 0) continue;
    const home = model.get("ec2/subnet", subnetId)!;
    const elastic = model.get("ec2/eip", allocationId)?.attributes.publicIp;
    model.add({
      id: makeId("node"),
      kind: "lb/node",
      properties: { loadBalancerArn: id, subnetId, allocationId },
      attributes: {
        networkInterfaceId: makeId("eni"),
        availabilityZone: home.attributes.availabilityZone,
        privateIp: privateIpv4Address ?? freePrivateAddress(model, subnetId),
        publicIp: properties.internal === true ? undefined : (elastic ?? freePublicAddress(model)),
      },
      region,
      defaultTags: {},
      createdAtMs: Date.now(),
    });
  }
}

const loadBalancer: Kind = {
  name: "lb/loadBalancer",
  id: ({ name }, region) => elbArn(region, `loadbalancer/net/${String(name)}/${unique()}`),
  references: [
    {
      property: "securityGroups",
      kind: "ec2/securityGroup",
      missing: "InvalidSecurityGroup",
      holds: "DependencyViolation",
    },
  ],
  network: true,
  refuse: refuseBalancer,
  refuseDelete: (_model, { id, properties }) => {
    if (properties.enableDeletionProtection === true)
      throw new Refusal(
        "OperationNotPermitted",
        `${id}: want enableDeletionProtection false, got true; switch it off first`,
        docs.delete,
      );
  },
  takesAlong: [
    { kind: "lb/node", property: "loadBalancerArn" },
    { kind: "lb/listener", property: "loadBalancerArn" },
  ],
  attributes: (model, { id, region, properties }) => ({
    arn: id,
    arnSuffix: suffixOf(id),
    dnsName: `${String(properties.name)}-${id.split("/").at(-1)}.elb.${region}.amazonaws.com`,
    zoneId: hostedZones[region] ?? "Z26RNL4JYFTOTI",
    vpcId: model.get("ec2/subnet", placesOf(properties)[0].subnetId)!.properties.vpcId,
  }),
  displace: addNodes,
  outputs: (model, { id, properties }) => {
    const nodes = model.all("lb/node", { loadBalancerArn: id });
    return {
      internal: properties.internal ?? false,
      ipAddressType: properties.ipAddressType ?? "ipv4",
      securityGroups: properties.securityGroups ?? [],
      subnets: nodes.map((node) => node.properties.subnetId),
      subnetMappings: nodes.map(({ properties: { subnetId, allocationId } }) => ({ subnetId, allocationId })),
    };
  },
};

/** A balancer's interface in one zone. */
const node: Kind = {
  name: "lb/node",
  id: "node",
  references: [
    { property: "subnetId", kind: "ec2/subnet", missing: "SubnetNotFound", holds: "DependencyViolation" },
    {
      property: "allocationId",
      kind: "ec2/eip",
      missing: "AllocationIdNotFound",
      holds: "InvalidIPAddress.InUse",
    },
  ],
};

const targetGroup: Kind = {
  name: "lb/targetGroup",
  id: ({ name }, region) => elbArn(region, `targetgroup/${String(name)}/${unique()}`),
  references: [{ property: "vpcId", kind: "ec2/vpc", missing: "ValidationError" }],
  network: true,
  refuse: (model, { name }, self) => {
    if (model.all("lb/targetGroup", { name }).some(({ id }) => id !== self?.id))
      throw new Refusal(
        "DuplicateTargetGroupName",
        `name: want one that no other target group has, got ${String(name)}; choose another`,
        docs.group,
      );
  },
  refuseDelete: (model, { id }) => {
    const user = model.all("lb/listener").find((listener) => groupOf(listener.properties) === id);
    if (user !== undefined)
      throw new Refusal(
        "ResourceInUse",
        `${id}: want no listener that forwards to it, got ${user.id}; delete that first`,
        `${api}/API_DeleteTargetGroup.html`,
      );
  },
  takesAlong: [{ kind: "lb/target", property: "targetGroupArn" }],
  attributes: (_model, { id }) => ({ arn: id, arnSuffix: suffixOf(id) }),
  outputs: (model, { id, properties }) => ({
    connectionTermination: properties.connectionTermination ?? false,
    ipAddressType: "ipv4",
    loadBalancingCrossZoneEnabled:
      properties.loadBalancingCrossZoneEnabled ?? "use_load_balancer_configuration",
    loadBalancerArns: [
      ...new Set(
        model
          .all("lb/listener")
          .filter((listener) => groupOf(listener.properties) === id)
          .map((listener) => listener.properties.loadBalancerArn),
      ),
    ],
  }),
};

/** The group that a listener forwards to. */
const groupOf = ({ defaultActions }: Properties): string =>
  (defaultActions as { targetGroupArn: string }[])[0].targetGroupArn;

const listener: Kind = {
  name: "lb/listener",
  id: ({ loadBalancerArn }) =>
    `${String(loadBalancerArn).replace(":loadbalancer/", ":listener/")}/${unique()}`,
  references: [{ property: "loadBalancerArn", kind: "lb/loadBalancer", missing: "LoadBalancerNotFound" }],
  network: true,
  refuse: (model, properties, self) => {
    const { loadBalancerArn, port } = properties;
    const balancer = model.get("lb/loadBalancer", loadBalancerArn)!;
    const group = model.get("lb/targetGroup", groupOf(properties));
    if (group === undefined)
      throw new Refusal(
        "TargetGroupNotFound",
        `defaultActions: want a target group that is there, got ${groupOf(properties)}; create it first`,
        docs.listener,
      );
    if (group.properties.vpcId !== balancer.attributes.vpcId)
      throw new Refusal(
        "InvalidConfigurationRequest",
        `defaultActions: want a target group of ${String(balancer.attributes.vpcId)}, got one of another VPC; use one of the same`,
        docs.listener,
      );
    const others = model.all("lb/listener").filter(({ id }) => id !== self?.id);
    if (
      others.some((one) => one.properties.loadBalancerArn === loadBalancerArn && one.properties.port === port)
    )
      throw new Refusal(
        "DuplicateListener",
        `port: want one listener on each port, got a second on ${String(port)}; choose another port`,
        docs.listener,
      );
    const stranger = others.find(
      (one) => groupOf(one.properties) === group.id && one.properties.loadBalancerArn !== loadBalancerArn,
    );
    if (stranger !== undefined)
      throw new Refusal(
        "TargetGroupAssociationLimit",
        `defaultActions: want a target group of one load balancer, got ${group.id}, which ${stranger.id} uses; make another group`,
        docs.listener,
      );
  },
  attributes: (_model, { id }) => ({ arn: id }),
  outputs: (_model, { properties }) => ({ tcpIdleTimeoutSeconds: properties.tcpIdleTimeoutSeconds ?? 350 }),
};

const keyOf = ({ targetId, port }: Properties): TargetKey => ({
  id: targetId as string,
  port: port as number | undefined,
});

/** What a program attaches; what a group has at the moment is in `lb/target`. */
const attachment: Kind = {
  name: "lb/targetGroupAttachment",
  id: ({ targetGroupArn, targetId, port }) =>
    `${String(targetGroupArn)}-${createHash("sha256")
      .update(JSON.stringify([targetId, port]))
      .digest("hex")
      .slice(0, 26)}`,
  references: [{ property: "targetGroupArn", kind: "lb/targetGroup", missing: "TargetGroupNotFound" }],
  network: true,
  refuse: (model, properties) =>
    refuseTarget(model, model.get("lb/targetGroup", properties.targetGroupArn)!, keyOf(properties)),
  displace: (model, { properties }) =>
    register(model, model.get("lb/targetGroup", properties.targetGroupArn)!, keyOf(properties)),
  delete: (_machine, model, { properties }) => {
    const group = model.get("lb/targetGroup", properties.targetGroupArn);
    if (group !== undefined) deregister(model, group, keyOf(properties));
    return Promise.resolve();
  },
};

/** A registered target: see `balancing/targets.ts`. */
const target: Kind = { name: "lb/target", id: "target" };

export const kinds: readonly Kind[] = [loadBalancer, node, targetGroup, listener, attachment, target];
