/** `make status`: every host, its address, its services, its health; network load balancers and their targets. */
import Table from "cli-table3";
import { status as labStatus } from "../cloud/client";
import type { NodeHealth } from "../cloud/health";

/** Prints the lab's hosts and load balancers; exits with 1 when there is no lab or a host is not healthy. */
export async function status(options: { json: boolean }): Promise<void> {
  const lab = await labStatus();
  const healthy = lab.hosts.length > 0 && lab.hosts.every((host) => host.health === "healthy");
  process.exitCode = healthy ? 0 : 1;
  if (options.json) {
    console.log(JSON.stringify(lab, null, 2));
    return;
  }
  if (lab.hosts.length === 0) {
    console.log("No host is up; `make up` brings the site up.");
    return;
  }
  const table = new Table({
    head: ["host", "instance", "address", "state", "services", "health"],
    colWidths: [null, null, null, null, 60, null],
    wordWrap: true,
    style: { head: [], border: [] },
  });
  for (const host of lab.hosts) {
    const address = host.publicAddress ? `${host.address} (${host.publicAddress})` : host.address;
    const services = host.services.map((unit) => (unit.active ? unit.name : `${unit.name}: ${unit.state}`));
    table.push([host.name, host.id, address, host.state, services.join(", "), host.health]);
  }
  console.log(table.toString());
  if (lab.nodes.length > 0) console.log(nodeTable(lab.nodes));
}

function nodeTable(nodes: readonly NodeHealth[]): string {
  const table = new Table({
    head: ["load balancer", "zone", "address", "in DNS", "targets"],
    colWidths: [null, null, null, null, 60],
    wordWrap: true,
    style: { head: [], border: [] },
  });
  for (const { name, zone, address, publicAddress, inDns, targets } of nodes)
    table.push([
      name,
      zone,
      publicAddress ? `${address} (${publicAddress})` : address,
      inDns ? "yes" : "no",
      targets.join(", "),
    ]);
  return table.toString();
}
