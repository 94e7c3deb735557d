/** Elastic IP addresses. */
import type { ResourceType } from "../resource";
import { flag, text } from "../rules";
import { address, idOf, tags } from "./common";

const eip: ResourceType = {
  token: "aws:ec2/eip:Eip",
  inputs: {
    domain: text({ oneOf: ["vpc"], replaces: true }),
    instance: idOf("i"),
    networkInterface: idOf("eni"),
    tags,
  },
  computed: [
    "allocationId",
    "arn",
    "associationId",
    "domain",
    "networkBorderGroup",
    "privateDns",
    "privateIp",
    "publicDns",
    "publicIp",
    "publicIpv4Pool",
  ],
  known: (_inputs, { region }) => ({ region }),
};

const eipAssociation: ResourceType = {
  token: "aws:ec2/eipAssociation:EipAssociation",
  inputs: {
    allocationId: idOf("eipalloc", { required: true, replaces: true }),
    // the default steals an address that is in use, as on AWS
    allowReassociation: flag({ replaces: true }),
    instanceId: idOf("i", { replaces: true }),
    networkInterfaceId: idOf("eni", { replaces: true }),
    privateIpAddress: address({ replaces: true }),
  },
  computed: ["instanceId", "networkInterfaceId", "privateIpAddress", "publicIp"],
  known: (_inputs, { region }) => ({ region }),
};

export const types: readonly ResourceType[] = [eip, eipAssociation];
