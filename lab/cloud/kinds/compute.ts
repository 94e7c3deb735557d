/** Instances, volumes and elastic addresses. */
import { checkPrivateAddress, freePrivateAddress, freePublicAddress, publicAddressOf } from "../addresses";
import { recipeOf } from "../images";
import { arn, idsIn, makeId, text, type Model } from "../model";
import { Refusal } from "../refusal";
import type { Properties, Resource } from "../store";
import type { Kind } from "./kind";

const dashed = (address: unknown): string => String(address).replaceAll(".", "-");

/** `ec2.internal` in us-east-1, `<region>.compute.internal` elsewhere, as EC2 names hosts. */
export const privateDomain = (region: string): string =>
  region === "us-east-1" ? "ec2.internal" : `${region}.compute.internal`;
/** The same for public names. */
export const publicDomain = (region: string): string =>
  region === "us-east-1" ? "compute-1.amazonaws.com" : `${region}.compute.amazonaws.com`;

function instanceProfileOf(model: Model, name: unknown): Resource | undefined {
  return model.get("iam/instanceProfile", name);
}

const instance: Kind = {
  name: "ec2/instance",
  id: "i",
  references: [
    {
      property: "subnetId",
      kind: "ec2/subnet",
      missing: "InvalidSubnetID.NotFound",
      holds: "DependencyViolation",
    },
    {
      property: "vpcSecurityGroupIds",
      kind: "ec2/securityGroup",
      missing: "InvalidGroup.NotFound",
      holds: "DependencyViolation",
    },
  ],
  network: true,
  refuse: (model, properties, self) => {
    const { ami, subnetId, privateIp, iamInstanceProfile, vpcSecurityGroupIds, availabilityZone } =
      properties;
    if (!(String(ami) in recipeOf))
      throw new Refusal(
        "InvalidAMIID.NotFound",
        `ami: want one of ${Object.keys(recipeOf).join(", ")}, got ${String(ami)}; ask getAmi`,
      );
    if (iamInstanceProfile !== undefined && instanceProfileOf(model, iamInstanceProfile) === undefined)
      throw new Refusal(
        "InvalidParameterValue",
        `iamInstanceProfile: want the name of an instance profile, got ${text(iamInstanceProfile)}, which is not there; create it first`,
      );
    const home = model.get("ec2/subnet", subnetId)!;
    for (const id of idsIn(vpcSecurityGroupIds))
      if (model.get("ec2/securityGroup", id)!.properties.vpcId !== home.properties.vpcId)
        throw new Refusal(
          "InvalidParameter",
          `vpcSecurityGroupIds: want groups of ${String(home.properties.vpcId)}, got ${id} of another VPC; use one of the same`,
        );
    if (availabilityZone !== undefined && availabilityZone !== home.attributes.availabilityZone)
      throw new Refusal(
        "InvalidParameterValue",
        `availabilityZone: want the subnet's ${String(home.attributes.availabilityZone)}, got ${text(availabilityZone)}; leave it out`,
      );
    if (typeof privateIp === "string" && self === undefined)
      checkPrivateAddress(model, subnetId as string, privateIp);
  },
  refuseDelete: (_model, { id, properties }) => {
    if (properties.disableApiTermination === true)
      throw new Refusal(
        "OperationNotPermitted",
        `${id}: want disableApiTermination false, got true; switch it off first`,
      );
  },
  attributes: (model, { id, properties, region }) => {
    const home = model.get("ec2/subnet", properties.subnetId)!;
    const isPublic = (properties.associatePublicIpAddress ?? home.properties.mapPublicIpOnLaunch) === true;
    return {
      arn: arn("ec2", region, `instance/${id}`),
      availabilityZone: home.attributes.availabilityZone,
      primaryNetworkInterfaceId: makeId("eni"),
      privateIp: properties.privateIp ?? freePrivateAddress(model, properties.subnetId as string),
      launchPublicIp: isPublic ? freePublicAddress(model) : undefined,
      vpcId: home.properties.vpcId,
      desiredState: "running",
    };
  },
  outputs: (model, { id, attributes, properties, region }) => {
    const publicIp = publicAddressOf(model, id);
    const vpc = model.get("ec2/vpc", attributes.vpcId);
    const named = vpc?.properties.enableDnsHostnames === true && publicIp !== undefined;
    return {
      instanceState: attributes.desiredState,
      privateDns: `ip-${dashed(attributes.privateIp)}.${privateDomain(region)}`,
      publicIp: publicIp ?? "",
      publicDns: named ? `ec2-${dashed(publicIp)}.${publicDomain(region)}` : "",
      vpcSecurityGroupIds: properties.vpcSecurityGroupIds ?? [vpc?.attributes.defaultSecurityGroupId],
      securityGroups: [],
      ebsOptimized: properties.ebsOptimized ?? true,
      tenancy: "default",
    };
  },
  create: (machine, _model, resource) => machine.startInstance(resource),
  async update(machine, _model, resource, before) {
    const changed = ["userData", "userDataBase64", "instanceType"].some(
      (key) => resource.properties[key] !== before[key],
    );
    if (changed) await machine.restartInstance(resource);
  },
  delete: (machine, _model, resource) => machine.terminateInstance(resource),
};

const volume: Kind = {
  name: "ebs/volume",
  id: "vol",
  refuse: (_model, { size }, self) => {
    if (self !== undefined && size !== self.properties.size)
      throw new Refusal(
        "IncorrectModificationState",
        `size: want ${String(self.properties.size)}, got ${String(size)}; the lab cannot grow a volume: replace it`,
      );
  },
  attributes: (_model, { id, properties, region, createdAtMs }) => {
    const zone = String(properties.availabilityZone);
    if (!zone.startsWith(region))
      throw new Refusal(
        "InvalidZone.NotFound",
        `availabilityZone: want a zone of ${region}, got ${zone}; choose one`,
      );
    const gp3 = properties.type === "gp3";
    return {
      arn: arn("ec2", region, `volume/${id}`),
      createTime: new Date(createdAtMs).toISOString(),
      iops: properties.iops ?? (gp3 ? 3000 : 100),
      throughput: properties.throughput ?? (gp3 ? 125 : 0),
    };
  },
  create: (machine, _model, { id, properties }) => machine.createVolume(id, properties.size as number),
  delete: (machine, _model, { id }) => machine.deleteVolume(id),
};

const volumeAttachment: Kind = {
  name: "ec2/volumeAttachment",
  id: ({ volumeId, instanceId, deviceName }) =>
    `vai-${[volumeId, instanceId, deviceName]
      .map(String)
      .join("-")
      .replace(/[^a-z0-9-]/g, "")}`,
  references: [
    { property: "volumeId", kind: "ebs/volume", missing: "InvalidVolume.NotFound", holds: "VolumeInUse" },
    { property: "instanceId", kind: "ec2/instance", missing: "InvalidInstanceID.NotFound" },
  ],
  refuse: (model, { volumeId, instanceId, deviceName }, self) => {
    const host = model.get("ec2/instance", instanceId)!;
    const zone = model.get("ebs/volume", volumeId)!.properties.availabilityZone;
    if (zone !== host.attributes.availabilityZone)
      throw new Refusal(
        "InvalidVolume.ZoneMismatch",
        `volumeId: want a volume in ${String(host.attributes.availabilityZone)}, got one in ${String(zone)}; move one of them`,
      );
    const others = model.all("ec2/volumeAttachment").filter(({ id }) => id !== self?.id);
    const user = others.find(({ properties }) => properties.volumeId === volumeId);
    if (user !== undefined)
      throw new Refusal(
        "VolumeInUse",
        `volumeId: want a volume that is not attached, got ${String(volumeId)}, which ${String(user.properties.instanceId)} has; detach it first`,
      );
    if (
      others.some(
        ({ properties }) => properties.instanceId === instanceId && properties.deviceName === deviceName,
      )
    )
      throw new Refusal(
        "InvalidParameterValue",
        `deviceName: want a free device, got ${String(deviceName)}, which ${String(instanceId)} uses; choose another`,
      );
  },
  create: (machine, _model, { properties }) =>
    machine.attachVolume(
      properties.volumeId as string,
      properties.instanceId as string,
      properties.deviceName as string,
    ),
  async delete(machine, model, { properties }) {
    const { volumeId, instanceId, stopInstanceBeforeDetaching, skipDestroy } = properties;
    if (skipDestroy === true || model.get("ec2/instance", instanceId) === undefined) return;
    await machine.detachVolume(volumeId as string, instanceId as string, {
      stop: stopInstanceBeforeDetaching === true,
    });
  },
};

const eip: Kind = {
  name: "ec2/eip",
  id: "eipalloc",
  network: true,
  refuse: (_model, { instance: on, networkInterface }) => {
    if (on !== undefined || networkInterface !== undefined)
      throw new Refusal(
        "InvalidParameterCombination",
        "instance: want an address that an EipAssociation moves, got one with an instance; use EipAssociation",
      );
  },
  attributes: (model, { id, region }) => ({
    allocationId: id,
    arn: arn("ec2", region, `elastic-ip/${id}`),
    publicIp: freePublicAddress(model),
    domain: "vpc",
    networkBorderGroup: region,
    publicIpv4Pool: "amazon",
  }),
  outputs: (model, { id, attributes, region }) => {
    const used = model.all("ec2/eipAssociation", { allocationId: id })[0];
    const host = model.get("ec2/instance", used?.attributes.instanceId);
    return {
      associationId: used?.id ?? "",
      privateIp: host?.attributes.privateIp ?? "",
      privateDns:
        host === undefined ? "" : `ip-${dashed(host.attributes.privateIp)}.${privateDomain(region)}`,
      publicDns: `ec2-${dashed(attributes.publicIp)}.${publicDomain(region)}`,
    };
  },
};

/** The instance that an association is for, by its id or its interface. */
function associatedInstance(model: Model, { instanceId, networkInterfaceId }: Properties): Resource {
  const host =
    model.get("ec2/instance", instanceId) ??
    model
      .all("ec2/instance")
      .find(({ attributes }) => attributes.primaryNetworkInterfaceId === networkInterfaceId);
  if (host !== undefined) return host;
  throw instanceId === undefined
    ? new Refusal(
        "InvalidNetworkInterfaceID.NotFound",
        `networkInterfaceId: want an interface that is there, got ${String(networkInterfaceId)}; create it first`,
      )
    : new Refusal(
        "InvalidInstanceID.NotFound",
        `instanceId: want an instance that is there, got ${text(instanceId)}; create it first`,
      );
}

const eipAssociation: Kind = {
  name: "ec2/eipAssociation",
  id: "eipassoc",
  references: [
    {
      property: "allocationId",
      kind: "ec2/eip",
      missing: "InvalidAllocationID.NotFound",
      holds: "InvalidIPAddress.InUse",
    },
  ],
  network: true,
  refuse: (model, properties) => {
    const host = associatedInstance(model, properties);
    const used = model.all("ec2/eipAssociation", { allocationId: properties.allocationId })[0];
    if (
      used !== undefined &&
      properties.allowReassociation === false &&
      used.attributes.instanceId !== host.id
    )
      throw new Refusal(
        "Resource.AlreadyAssociated",
        `allocationId: want a free address, got ${String(properties.allocationId)}, which ${String(used.attributes.instanceId)} has; allow the reassociation or free it`,
      );
    if (model.all("ec2/internetGateway", { vpcId: host.attributes.vpcId }).length === 0)
      throw new Refusal(
        "Gateway.NotAttached",
        `instanceId: want a VPC with an internet gateway, got ${String(host.attributes.vpcId)} without; attach one and depend on it`,
      );
  },
  attributes: (model, { properties }) => {
    const host = associatedInstance(model, properties);
    return {
      instanceId: host.id,
      networkInterfaceId: host.attributes.primaryNetworkInterfaceId,
      privateIpAddress: host.attributes.privateIp,
      publicIp: model.get("ec2/eip", properties.allocationId)!.attributes.publicIp,
    };
  },
  // the address moves: earlier associations of it and of the instance end, and the address from the launch goes back
  displace: (model, { id, properties, attributes }) => {
    for (const other of model.all("ec2/eipAssociation"))
      if (
        other.id !== id &&
        (other.properties.allocationId === properties.allocationId ||
          other.attributes.instanceId === attributes.instanceId)
      )
        model.remove(other);
    const host = model.get("ec2/instance", attributes.instanceId);
    if (host !== undefined) host.attributes.launchPublicIp = undefined;
  },
};

export const kinds: readonly Kind[] = [instance, volume, volumeAttachment, eip, eipAssociation];
