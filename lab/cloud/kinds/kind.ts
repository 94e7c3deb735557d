/** What the lab's cloud knows about one kind of resource, as data and a few functions. */
import type { Model } from "../model";
import type { Properties, Resource } from "../store";

/** A property that names another resource. */
export interface Reference {
  property: string;
  kind: string;
  /** AWS's code when it is not there. */
  missing: string;
  /** AWS's code when the other is to be deleted while this one is there. @default it may be deleted */
  holds?: string;
}

/** The machine beneath the cloud, as far as kinds act on it. */
export interface Machine {
  createVolume(id: string, sizeGiB: number): Promise<void>;
  deleteVolume(id: string): Promise<void>;
  attachVolume(volumeId: string, instanceId: string, deviceName: string): Promise<void>;
  detachVolume(volumeId: string, instanceId: string, how: { stop: boolean }): Promise<void>;
  startInstance(resource: Resource): Promise<void>;
  restartInstance(resource: Resource): Promise<void>;
  terminateInstance(resource: Resource): Promise<void>;
}

/** One kind of resource. */
export interface Kind {
  name: string;
  /** `vpc` for ids such as `vpc-0…`; or the id itself, out of the properties. */
  id: string | ((properties: Properties, region: string) => string);
  references?: readonly Reference[];
  /** Throws a Refusal for what AWS would refuse; `self` is set for updates. */
  refuse?: (model: Model, properties: Properties, self?: Resource) => void;
  /** Throws a Refusal when it must not be deleted yet, beyond what references say. */
  refuseDelete?: (model: Model, resource: Resource) => void;
  /** What the cloud decides at creation and keeps. */
  attributes?: (model: Model, resource: Resource) => Properties;
  /** What changes elsewhere once this one, or a change of it, is recorded. */
  displace?: (model: Model, resource: Resource) => void;
  /** Outputs that follow from the present state of everything. */
  outputs?: (model: Model, resource: Resource) => Properties;
  /** Kinds whose resources go together with this one, by the property that names it. */
  takesAlong?: readonly { kind: string; property: string }[];
  /** Changes of it reach the machine's network. @default false */
  network?: boolean;
  /** Acts on the machine after the resource is recorded and the network stands. */
  create?: (machine: Machine, model: Model, resource: Resource) => Promise<void>;
  update?: (machine: Machine, model: Model, resource: Resource, before: Properties) => Promise<void>;
  /** Acts on the machine before the resource is forgotten. */
  delete?: (machine: Machine, model: Model, resource: Resource) => Promise<void>;
}
