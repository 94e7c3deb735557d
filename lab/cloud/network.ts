/** The cloud's resources as the network that the machine builds. */
import { publicAddressOf } from "./addresses";
import { idsIn, type Model } from "./model";
import type { Resource } from "./store";
import type {
  Eni,
  NetworkAcl,
  NetworkAclRule,
  NetworkModel,
  PublicAddress,
  SecurityGroup,
  SecurityGroupRule,
} from "../machine/network";

const text = (value: unknown): string => String(value);

function groupRules(model: Model, kind: string, groupId: string): SecurityGroupRule[] {
  return model.all(kind, { securityGroupId: groupId }).map(({ properties }) => {
    const { ipProtocol, fromPort, toPort, cidrIpv4, referencedSecurityGroupId } =
      properties as unknown as SecurityGroupRule;
    return { ipProtocol, fromPort, toPort, cidrIpv4, referencedSecurityGroupId };
  });
}

/** The group of a VPC that interfaces without another belong to: open inside and outwards, until it is adopted. */
function defaultGroup(model: Model, vpc: Resource): SecurityGroup {
  const id = text(vpc.attributes.defaultSecurityGroupId);
  if (model.all("ec2/defaultSecurityGroup", { vpcId: vpc.id }).length > 0)
    return { id, ingress: [], egress: [] };
  return {
    id,
    ingress: [{ ipProtocol: "-1", referencedSecurityGroupId: id }],
    egress: [{ ipProtocol: "-1", cidrIpv4: "0.0.0.0/0" }],
  };
}

const aclRules = (model: Model, networkAclId: string, egress: boolean): NetworkAclRule[] =>
  model.all("ec2/networkAclRule", { networkAclId, egress }).map(({ properties }) => {
    const { ruleNumber, ruleAction, protocol, cidrBlock, fromPort, toPort, icmpType, icmpCode } =
      properties as unknown as NetworkAclRule;
    return {
      ruleNumber,
      ruleAction,
      protocol: protocol === "all" ? "-1" : protocol,
      cidrBlock,
      fromPort,
      toPort,
      icmpType,
      icmpCode,
    };
  });

/** The ACL that a VPC comes with lets everything through. */
function defaultAcl(vpc: Resource): NetworkAcl {
  const all: NetworkAclRule = {
    ruleNumber: 100,
    ruleAction: "allow",
    protocol: "-1",
    cidrBlock: "0.0.0.0/0",
  };
  return { id: text(vpc.attributes.defaultNetworkAclId), ingress: [all], egress: [all] };
}

/** Lets everything through: load balancers without a security group have no firewall. */
const openGroup: SecurityGroup = {
  id: "sg-none",
  ingress: [{ ipProtocol: "-1", cidrIpv4: "0.0.0.0/0" }],
  egress: [{ ipProtocol: "-1", cidrIpv4: "0.0.0.0/0" }],
};

/** Interfaces of load balancers' nodes. */
function nodeInterfaces(model: Model): Eni[] {
  return model.all("lb/node").map(({ properties, attributes }) => {
    const groups = idsIn(model.get("lb/loadBalancer", properties.loadBalancerArn)?.properties.securityGroups);
    return {
      id: text(attributes.networkInterfaceId),
      subnetId: text(properties.subnetId),
      privateIp: text(attributes.privateIp),
      securityGroupIds: groups.length > 0 ? groups : [openGroup.id],
    };
  });
}

/** Public addresses in use: those of hosts, of NAT gateways and of load balancers' nodes. */
function addresses(model: Model): PublicAddress[] {
  const hosts = model.all("ec2/instance").map(({ id, attributes }) => ({
    publicIp: publicAddressOf(model, id),
    eniId: text(attributes.primaryNetworkInterfaceId),
  }));
  const gateways = model.all("ec2/natGateway").map(({ attributes }) => ({
    publicIp: text(attributes.publicIp),
    eniId: text(attributes.networkInterfaceId),
  }));
  const nodes = model.all("lb/node").map(({ attributes }) => ({
    publicIp: attributes.publicIp as string | undefined,
    eniId: text(attributes.networkInterfaceId),
  }));
  return [...hosts, ...gateways, ...nodes].filter((one): one is PublicAddress => one.publicIp !== undefined);
}

/** What the machine has to build. Pure. */
export function networkOf(model: Model): NetworkModel {
  const vpc = model.all("ec2/vpc")[0] as Resource | undefined;
  const none: NetworkModel = {
    subnets: [],
    routeTables: [],
    natGateways: [],
    enis: [],
    addresses: [],
    securityGroups: [],
    networkAcls: [],
  };
  if (vpc === undefined) return none;
  const associated = (kind: string, subnetId: string, property: string, fallback: unknown): string =>
    text(model.all(kind, { subnetId }).at(-1)?.properties[property] ?? fallback);
  return {
    vpc: { id: vpc.id, cidr: text(vpc.properties.cidrBlock) },
    internetGatewayId: model.all("ec2/internetGateway", { vpcId: vpc.id })[0]?.id,
    subnets: model.all("ec2/subnet").map(({ id, properties }) => ({
      id,
      cidr: text(properties.cidrBlock),
      routeTableId: associated(
        "ec2/routeTableAssociation",
        id,
        "routeTableId",
        vpc.attributes.mainRouteTableId,
      ),
      networkAclId: associated(
        "ec2/networkAclAssociation",
        id,
        "networkAclId",
        vpc.attributes.defaultNetworkAclId,
      ),
    })),
    routeTables: [
      { id: text(vpc.attributes.mainRouteTableId), routes: [] },
      ...model.all("ec2/routeTable").map(({ id }) => ({
        id,
        routes: model.all("ec2/route", { routeTableId: id }).map(({ properties }) => ({
          destinationCidr: text(properties.destinationCidrBlock),
          gatewayId: properties.gatewayId as string | undefined,
          natGatewayId: properties.natGatewayId as string | undefined,
        })),
      })),
    ],
    natGateways: model.all("ec2/natGateway").map(({ id, properties, attributes }) => ({
      id,
      eniId: text(attributes.networkInterfaceId),
      subnetId: text(properties.subnetId),
      privateIp: text(attributes.privateIp),
    })),
    enis: [
      ...model.all("ec2/instance").map(({ properties, attributes }) => {
        const groups = idsIn(properties.vpcSecurityGroupIds);
        return {
          id: text(attributes.primaryNetworkInterfaceId),
          subnetId: text(properties.subnetId),
          privateIp: text(attributes.privateIp),
          securityGroupIds: groups.length > 0 ? groups : [text(vpc.attributes.defaultSecurityGroupId)],
        };
      }),
      ...nodeInterfaces(model),
    ],
    addresses: addresses(model),
    securityGroups: [
      defaultGroup(model, vpc),
      openGroup,
      ...model.all("ec2/securityGroup").map(({ id }) => ({
        id,
        ingress: groupRules(model, "vpc/securityGroupIngressRule", id),
        egress: groupRules(model, "vpc/securityGroupEgressRule", id),
      })),
    ],
    networkAcls: [
      defaultAcl(vpc),
      ...model
        .all("ec2/networkAcl")
        .map(({ id }) => ({ id, ingress: aclRules(model, id, false), egress: aclRules(model, id, true) })),
    ],
  };
}

/**
 * Brings changes to the machine, several at once: a call while one is under way joins the next. As long as nothing
 * is connected (no host, no NAT gateway) nothing is built, and calls return at once.
 */
export class NetworkChanges {
  private running: Promise<void> | undefined;
  private next: Promise<void> | undefined;
  private connected = false;

  constructor(
    private readonly model: () => NetworkModel,
    private readonly apply: (model: NetworkModel) => Promise<void>,
  ) {}

  /** Resolves when the network is as the cloud was at the call, or later. */
  settle(): Promise<void> {
    if (this.next !== undefined) return this.next;
    if (this.running === undefined) return this.start();
    this.next = this.running
      .catch(() => undefined)
      .then(() => {
        this.next = undefined;
        return this.start();
      });
    return this.next;
  }

  private start(): Promise<void> {
    const model = this.model();
    const connects = model.enis.length > 0;
    if (!connects && !this.connected) return Promise.resolve();
    const done = this.apply(model)
      .then(() => {
        this.connected = connects;
      })
      .finally(() => {
        if (this.running === done) this.running = undefined;
      });
    this.running = done;
    return done;
  }
}
