/** The cloud's hands on the machine: hosts and volumes. */
import { ensureCloudCa } from "./ca";
import { formatAddress, parseCidr } from "./cidr";
import { recipeOf } from "./images";
import { userDataOf } from "./imds";
import { instanceTypes } from "./instanceTypes";
import type { Machine } from "./kinds";
import { tagsOf, type Model } from "./model";
import type { Resource } from "./store";
import * as host from "../machine/host";
import { cachedImage } from "../machine/image";
import { eniNamespace } from "../machine/network";
import * as volumes from "../machine/volume";

/** Seconds that a host gets to shut down before its power is cut. */
const stopSec = 60;

/** The host name of an instance: its Name tag as a DNS label, or its private address as EC2 writes it. */
export function hostName(resource: Resource): string {
  const label = (tagsOf(resource).Name ?? "")
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 63);
  return label === "" ? `ip-${String(resource.attributes.privateIp).replaceAll(".", "-")}` : label;
}

/** The resolver of a VPC: its base address plus two. */
export function resolverOf(model: Model): string | undefined {
  const vpc = model.all("ec2/vpc")[0] as Resource | undefined;
  const block = vpc && parseCidr(vpc.properties.cidrBlock as string);
  return block && formatAddress(block.start + 2);
}

async function startInstance(model: Model, resource: Resource): Promise<void> {
  const size = instanceTypes[resource.properties.instanceType as string];
  const image = cachedImage(recipeOf[resource.properties.ami as string]);
  // this process has no way to a package mirror: whoever asks for hosts sees to the image first
  if (image === undefined)
    throw new Error("image: want the hosts' image in the cache, got none; run `make up`");
  await host.createHost({
    id: resource.id,
    name: hostName(resource),
    imageRoot: image.root,
    netns: eniNamespace(resource.attributes.primaryNetworkInterfaceId as string),
    vcpus: size.vcpus,
    memoryMiB: size.memoryMiB,
    userData: userDataOf(resource),
    cloudCaPem: await ensureCloudCa(),
    nameserver: resolverOf(model)!,
  });
}

/** The machine as the cloud's kinds use it. */
export function labMachine(model: Model): Machine {
  return {
    createVolume: volumes.createVolume,
    deleteVolume: volumes.deleteVolume,
    async attachVolume(volumeId, instanceId, deviceName) {
      await volumes.attachVolume(volumeId, instanceId, deviceName);
    },
    async detachVolume(volumeId, instanceId, { stop }) {
      if (stop && host.hostState(instanceId) === "running") {
        const resource = model.get("ec2/instance", instanceId);
        if (resource !== undefined) resource.attributes.desiredState = "stopped";
        await host.stopHost(instanceId, { timeoutSec: stopSec });
      }
      await volumes.detachVolume(volumeId, instanceId);
    },
    startInstance: (resource) => startInstance(model, resource),
    // a changed user data or size reaches a host by a stop and a start, and cloud-init does not run again
    async restartInstance(resource) {
      await host.stopHost(resource.id, { timeoutSec: stopSec });
      await startInstance(model, resource);
    },
    async terminateInstance(resource) {
      resource.attributes.desiredState = "terminated";
      await host.destroyHost(resource.id);
    },
  };
}

/** Takes up the hosts after the daemon, or the machine, was gone: starts every one that should run and does not. */
export async function resumeHosts(
  model: Model,
  machine: Machine,
  log: (line: string) => void,
): Promise<void> {
  // One whose boot ended meanwhile still has the share of the CPUs of one that boots.
  for (const id of host.listHosts()) void host.settle(id);
  const due = model
    .all("ec2/instance")
    .filter(
      ({ id, attributes }) =>
        attributes.pending !== true &&
        attributes.desiredState === "running" &&
        host.hostState(id) !== "running",
    );
  await Promise.all(
    due.map(async (resource) => {
      log(`${resource.id} (${hostName(resource)}) should run and does not: starting it`);
      await machine.startInstance(resource).catch((error: Error) => log(`${resource.id}: ${error.message}`));
    }),
  );
}
