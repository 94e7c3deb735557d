import { Cloud, type View } from "../../lab/cloud/cloud";
import type { Machine } from "../../lab/cloud/kinds";
import { Model } from "../../lab/cloud/model";
import type { Properties } from "../../lab/cloud/store";

/** The lab's cloud without a machine beneath it: what would be done there is written down. */
export class CloudOnPaper {
  readonly model = new Model();
  /** `startInstance i-…`, in order. */
  readonly done: string[] = [];
  /** Thrown by the machine's next act. */
  failure: Error | undefined;
  private readonly cloud: Cloud;

  /** @param settleNetwork brings the network to what the cloud has. @default nothing is done */
  constructor(settleNetwork: () => Promise<void> = () => Promise.resolve()) {
    const act = (name: string, id: string): Promise<void> => {
      const failure = this.failure;
      this.failure = undefined;
      if (failure) return Promise.reject(failure);
      this.done.push(`${name} ${id}`);
      return Promise.resolve();
    };
    const machine: Machine = {
      createVolume: (id) => act("createVolume", id),
      deleteVolume: (id) => act("deleteVolume", id),
      attachVolume: (id) => act("attachVolume", id),
      detachVolume: (id) => act("detachVolume", id),
      startInstance: ({ id }) => act("startInstance", id),
      restartInstance: ({ id }) => act("restartInstance", id),
      terminateInstance: ({ id }) => act("terminateInstance", id),
    };
    const nothing = (): Promise<void> => Promise.resolve();
    this.cloud = new Cloud({ model: this.model, machine, settleNetwork, save: nothing });
  }

  make(kind: string, properties: Properties, clientToken?: string): Promise<View> {
    return this.cloud.create(kind, { properties, clientToken, region: "us-east-1", defaultTags: {} });
  }

  change(kind: string, id: string, properties: Properties): Promise<View> {
    return this.cloud.update(kind, id, { properties, defaultTags: {} });
  }

  remove(kind: string, id: string): Promise<void> {
    return this.cloud.delete(kind, id);
  }
}
