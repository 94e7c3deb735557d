import type { Host } from "./host";
import { all, missing, some, unknownNeed, vertex, type Need, type Vertex } from "./need";
import { isUnknown, type Resource } from "./resources";
import type { Site } from "./site";

const NAT = "aws:ec2/natGateway:NatGateway";
const ANYWHERE = "0.0.0.0/0";

/** How hosts reach what is outside of the network: AWS's API, and the packages and secrets of a host that starts. */
export class WaysOut {
  private readonly gateways = new Map<Resource, Need>();
  private readonly subnets = new Map<Resource, Need>();

  constructor(private readonly site: Site) {}

  of(host: Host): Need {
    const { subnet } = host;
    if (!subnet) return unknownNeed(`the subnet of ${host.name}`);
    let need = this.subnets.get(subnet);
    if (!need) this.subnets.set(subnet, (need = this.ofSubnet(subnet)));
    return need;
  }

  private ofSubnet(subnet: Resource): Need {
    const tables = this.site
      .ofType("aws:ec2/routeTableAssociation:RouteTableAssociation")
      .filter((association) => association.refs("subnetId").includes(subnet))
      .flatMap((association) => association.refs("routeTableId"));
    const routes = this.site
      .ofType("aws:ec2/route:Route")
      .filter((route) => route.get("destinationCidrBlock") === ANYWHERE)
      .filter((route) => route.refs("routeTableId").some((table) => tables.includes(table)));
    const gateways = routes.flatMap((route) => [
      ...route.refs("gatewayId").map(() => all([])),
      ...route.refs("natGatewayId", NAT).map((nat) => this.through(nat)),
    ]);
    return gateways.length > 0 ? some(gateways) : missing(`subnet ${subnet.name} has no route outwards`);
  }

  /** A NAT gateway stands in the zone of its subnet; a regional one in every zone that it serves, so in none. */
  private through(nat: Resource): Need {
    let need = this.gateways.get(nat);
    if (!need) this.gateways.set(nat, (need = this.gateway(nat)));
    return need;
  }

  private gateway(nat: Resource): Need {
    const mode = nat.get("availabilityMode");
    if (mode === "regional") return all([]);
    const zone = nat.refs("subnetId")[0]?.get("availabilityZone");
    if (typeof zone === "string") return vertex({ name: nat.name, resource: nat, zone });
    return unknownNeed(isUnknown(mode) ? `${nat.name} ${mode.path}` : `the zone of ${nat.name}`);
  }

  /** NAT gateways without which no host of a tier could be started again. */
  static isGateway(this: void, one: Vertex): boolean {
    return one.resource.type === NAT;
  }
}
