/** Creates, reads, updates and deletes what exists in the lab's cloud. */
import { kindNamed, type Kind, type Machine } from "./kinds";
import { idsIn, makeId, type Model } from "./model";
import { Refusal } from "./refusal";
import type { Properties, Resource } from "./store";

/** What a create asks for. */
export interface CreateRequest {
  clientToken?: string;
  properties: Properties;
  region: string;
  defaultTags: Record<string, string>;
}

/** A resource as callers see it. */
export interface View {
  id: string;
  outputs: Properties;
}

/** What the cloud stands on. */
export interface Ground {
  model: Model;
  machine: Machine;
  /** Resolves when the network follows the model. */
  settleNetwork: () => Promise<void>;
  /** Resolves when the model is on disk. */
  save: () => Promise<void>;
}

/** The lab's cloud. */
export class Cloud {
  /** Operations under way, by resource: a repeated request waits for the first one's end. */
  private readonly busy = new Map<string, Promise<void>>();

  constructor(private readonly ground: Ground) {}

  /**
   * Creates a resource; with a client token that was used before, gives the resource that is there, after doing
   * what an interrupted create left undone.
   */
  async create(kindName: string, request: CreateRequest): Promise<View> {
    const { model } = this.ground;
    const kind = kindNamed(kindName);
    const earlier =
      request.clientToken === undefined ? undefined : model.withToken(kindName, request.clientToken);
    const resource = earlier ?? this.record(kind, request);
    if (earlier === undefined || resource.attributes.pending === true || this.busy.has(resource.id))
      await this.exclusively(resource.id, () =>
        resource.attributes.pending === true ? this.build(kind, resource) : Promise.resolve(),
      );
    return this.view(kind, resource);
  }

  /** The resource with the properties that it really has, whoever gave them to it. */
  read(kindName: string, id: string): View | undefined {
    const resource = this.ground.model.get(kindName, id);
    if (resource === undefined) return undefined;
    const { outputs } = this.view(kindNamed(kindName), resource);
    return { id, outputs: { ...resource.properties, ...outputs } };
  }

  /** Changes a resource in place. Throws a Refusal when it is gone or the change is not possible. */
  async update(
    kindName: string,
    id: string,
    request: { properties: Properties; defaultTags: Record<string, string> },
  ): Promise<View> {
    const { model, machine, save, settleNetwork } = this.ground;
    const kind = kindNamed(kindName);
    const resource = model.get(kindName, id);
    if (resource === undefined)
      throw new Refusal("NotFound", `${id}: want a ${kindName} that is there, got none; run a refresh`);
    const before = resource.properties;
    this.check(kind, request.properties, resource);
    Object.assign(resource, request);
    kind.displace?.(model, resource);
    await save();
    if (kind.network) await settleNetwork();
    await this.exclusively(id, async () => kind.update?.(machine, model, resource, before));
    return this.view(kind, resource);
  }

  /** Deletes a resource and what goes with it. Harmless when it is gone. */
  async delete(kindName: string, id: string): Promise<void> {
    const { model, machine, save, settleNetwork } = this.ground;
    const kind = kindNamed(kindName);
    await this.exclusively(id, async () => {
      const resource = model.get(kindName, id);
      if (resource === undefined) return;
      this.checkDelete(kind, resource);
      await kind.delete?.(machine, model, resource);
      this.forget(kind, resource);
      await save();
      if (kind.network) await settleNetwork();
    });
  }

  /** Checks, gives it an id and remembers it, all in one go so that nothing comes between. */
  private record(kind: Kind, { clientToken, properties, region, defaultTags }: CreateRequest): Resource {
    const { model } = this.ground;
    this.check(kind, properties);
    const id = typeof kind.id === "string" ? makeId(kind.id) : kind.id(properties, region);
    const resource: Resource = {
      id,
      kind: kind.name,
      properties,
      attributes: {},
      clientToken,
      region,
      defaultTags,
      createdAtMs: Date.now(),
    };
    resource.attributes = { ...kind.attributes?.(model, resource), pending: true };
    model.add(resource);
    kind.displace?.(model, resource);
    return resource;
  }

  private async build(kind: Kind, resource: Resource): Promise<void> {
    const { model, machine, save, settleNetwork } = this.ground;
    try {
      // what acts on the machine is on disk first: after a crash it is found and finished, not lost
      if (kind.create !== undefined) await save();
      if (kind.network) await settleNetwork();
      await kind.create?.(machine, model, resource);
      delete resource.attributes.pending;
      await save();
    } catch (error) {
      await kind.delete?.(machine, model, resource).catch(() => undefined);
      this.forget(kind, resource);
      await save();
      if (kind.network) await settleNetwork();
      throw error;
    }
  }

  private forget(kind: Kind, resource: Resource): void {
    const { model } = this.ground;
    for (const { kind: other, property } of kind.takesAlong ?? [])
      for (const one of model.all(other, { [property]: resource.id })) model.remove(one);
    model.remove(resource);
  }

  private check(kind: Kind, properties: Properties, self?: Resource): void {
    for (const { property, kind: other, missing } of kind.references ?? [])
      for (const id of idsIn(properties[property]))
        if (this.ground.model.get(other, id) === undefined)
          throw new Refusal(
            missing,
            `${property}: want a ${other} that is there, got ${id}; create it first`,
          );
    kind.refuse?.(this.ground.model, properties, self);
  }

  private checkDelete(kind: Kind, resource: Resource): void {
    const { model } = this.ground;
    kind.refuseDelete?.(model, resource);
    for (const other of model.everything())
      for (const reference of kindNamed(other.kind).references ?? [])
        if (
          reference.kind === kind.name &&
          reference.holds !== undefined &&
          idsIn(other.properties[reference.property]).includes(resource.id)
        )
          throw new Refusal(
            reference.holds,
            `${resource.id}: want nothing that uses it, got ${other.id}; delete that first`,
          );
  }

  private async exclusively(id: string, work: () => Promise<void>): Promise<void> {
    const before = this.busy.get(id) ?? Promise.resolve();
    const done = before.catch(() => undefined).then(work);
    this.busy.set(id, done);
    try {
      await done;
    } finally {
      if (this.busy.get(id) === done) this.busy.delete(id);
    }
  }

  private view(kind: Kind, resource: Resource): View {
    const { pending, ...attributes } = resource.attributes;
    void pending;
    return { id: resource.id, outputs: { ...attributes, ...kind.outputs?.(this.ground.model, resource) } };
  }
}
