/** How hosts are: what runs on them, and whether anything is wrong. */
import { publicAddressOf } from "./addresses";
import { nodesInDns, targetState } from "./balancing/health";
import { reachableTargets } from "./balancing/nodes";
import { listenersOf, nodesOf } from "./balancing/settings";
import { hostName } from "./hosts";
import type { Model } from "./model";
import type { Resource } from "./store";
import * as host from "../machine/host";

/** One service of a host. */
export interface ServiceHealth {
  name: string;
  active: boolean;
  /** systemd's words, such as `active (running)` or `failed (failed)`. */
  state: string;
}

/** One host of the lab. */
export interface HostHealth {
  name: string;
  id: string;
  address: string;
  publicAddress?: string;
  state: "running" | "stopped" | "absent";
  services: ServiceHealth[];
  /** `starting` while cloud-init works. */
  health: "healthy" | "starting" | "unhealthy";
}

/** One zone's node of a network load balancer. */
export interface NodeHealth {
  /** The load balancer. */
  name: string;
  zone: string;
  address: string;
  publicAddress?: string;
  /** Whether the load balancer's name has its address. */
  inDns: boolean;
  /** Targets by port, such as `lb-1:443 healthy`. */
  targets: string[];
}

/** Services of the site and its monitoring; what the distribution runs beside them shows only when it fails. */
const ofInterest = /^(haproxy|nginx|apache2|mysql|foobar-.*|prometheus.*|datadog-agent.*)\.service$/;
const question =
  "systemctl list-units --type=service --all --plain --no-legend --no-pager; echo; test -e /run/cloud-init/result.json && echo finished";

/** Reads the answer of `systemctl list-units`. Pure. */
export function servicesIn(listing: string): ServiceHealth[] {
  return listing.split("\n").flatMap((line) => {
    const [unit, load, active, sub] = line.trim().split(/\s+/);
    if (load !== "loaded" || sub === undefined) return [];
    // a unit that a timer starts rests between two runs
    const resting = active === "inactive";
    if (active !== "failed" && (resting || !ofInterest.test(unit))) return [];
    return [
      {
        name: unit.replace(/\.service$/, ""),
        active: active === "active" || active === "activating" || active === "reloading",
        state: `${active} (${sub})`,
      },
    ];
  });
}

async function hostHealth(model: Model, resource: Resource): Promise<HostHealth> {
  const { id, attributes } = resource;
  const state = host.hostState(id);
  const base = {
    name: hostName(resource),
    id,
    address: attributes.privateIp as string,
    publicAddress: publicAddressOf(model, id),
    state,
  };
  if (state !== "running") return { ...base, services: [], health: "unhealthy" };
  const asked = await host
    .exec(id, ["sh", "-c", question], { timeoutMs: 5000 })
    .catch((error: Error) => ({ code: 1, stdout: "", stderr: error.message }));
  const services = servicesIn(asked.stdout);
  const finished = /^finished$/m.test(asked.stdout);
  if (services.some(({ active }) => !active)) return { ...base, services, health: "unhealthy" };
  return { ...base, services, health: finished ? "healthy" : "starting" };
}

/** Every host, by name. */
export async function allHealth(model: Model): Promise<HostHealth[]> {
  const all = await Promise.all(model.all("ec2/instance").map((resource) => hostHealth(model, resource)));
  return all.sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
}

/** Every node of every network load balancer, and the state of the targets behind it. */
export function allNodes(model: Model): NodeHealth[] {
  return model.all("lb/loadBalancer").flatMap((balancer) => {
    const serving = nodesInDns(model, balancer);
    const groups = [...new Set(listenersOf(model, balancer).map(({ group }) => group))];
    return nodesOf(model, balancer).map((node) => ({
      name: balancer.properties.name as string,
      zone: node.attributes.availabilityZone as string,
      address: node.attributes.privateIp as string,
      publicAddress: node.attributes.publicIp as string | undefined,
      inDns: serving.includes(node),
      targets: groups.flatMap((group) =>
        reachableTargets(model, balancer, node, group).map((target) => {
          const host = model.get("ec2/instance", target.properties.targetId)!;
          return `${hostName(host)}:${String(target.properties.port)} ${targetState(model, group, target).state}`;
        }),
      ),
    }));
  });
}
