import { hostsOf, type Host } from "./host";
import { Resource, type RawResource } from "./resources";
import { topologyOf, type Topology } from "./topology";

/** Everything that rules reason about: the stack's resources, its hosts with what they will really run, the graph. */
export class Site {
  readonly resources: Resource[];
  private readonly types = new Map<string, Resource[]>();
  private madeHosts?: Host[];
  private madeTopology?: Topology;

  constructor(raws: readonly RawResource[]) {
    this.resources = Resource.connect(raws);
    for (const resource of this.resources) {
      const others = this.types.get(resource.type);
      if (others) others.push(resource);
      else this.types.set(resource.type, [resource]);
    }
  }

  /** Resources of a type, in the order in which they were registered. */
  ofType(type: string): readonly Resource[] {
    return this.types.get(type) ?? [];
  }

  /** EC2 instances with their user data, parsed. */
  get hosts(): readonly Host[] {
    return (this.madeHosts ??= hostsOf(this));
  }

  /** Who needs whom in order to answer a page or to take a write. */
  get topology(): Topology {
    return (this.madeTopology ??= topologyOf(this));
  }
}
