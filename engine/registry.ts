import { randomUUID } from "node:crypto";
import { diffInputs, replaces, type Diff } from "./diff";
import type { Journal } from "./journal";
import type { Plugins } from "./plugin";
import { Provider } from "./provider";
import type { ResourceState } from "./state";
import { packageOf, parseReference, parseUrn } from "./urn";
import { isInternalKey, UNKNOWN, type Properties } from "./values";

/**
 * Provider resources and what they stand for: each is a configured {@link Provider}. Their "create" makes an
 * id, starts nothing outside and needs no undoing.
 */
export class Registry {
  private readonly configured = new Map<string, Promise<Provider>>();
  /** Provider resources of this run, by URN. */
  private readonly current = new Map<string, ResourceState>();

  constructor(
    private readonly plugins: Plugins,
    private readonly journal: Journal,
    private readonly preview: boolean,
  ) {}

  /**
   * The provider that a reference (`<urn>::<id>`) names: of this run, or of the state, for resources that
   * are only deleted any more.
   */
  get(reference: string): Promise<Provider> {
    const known = this.configured.get(reference);
    if (known) return known;
    const { urn, id } = parseReference(reference);
    const state = this.journal.base.resources.find((resource) => resource.urn === urn && resource.id === id);
    if (!state) return Promise.reject(new Error(`unknown provider ${reference}`));
    return this.configure(urn, id, state.inputs);
  }

  async check(urn: string, old: Properties, inputs: Properties) {
    const { inputs: checked, failures } = await (await this.open(urn)).checkConfig(urn, old, inputs);
    // Providers without an opinion on their version keep the one that the program's SDK has.
    const version: Properties = inputs.version === undefined ? {} : { version: inputs.version };
    return { inputs: { ...version, ...checked }, failures };
  }

  async diff(old: ResourceState, inputs: Properties): Promise<Diff> {
    const before = { ...old, inputs: settings(old.inputs) };
    const diff = await (await this.open(old.urn)).diffConfig(old.urn, before, inputs);
    const own = diffInputs(before.inputs, inputs);
    return diff ? { ...diff, changes: diff.changes ?? own.changes } : own;
  }

  /** Configures a new provider, or one whose settings have changed. @returns its id */
  async create(state: ResourceState, id?: string): Promise<string> {
    const given = id ?? (this.preview ? UNKNOWN : randomUUID());
    this.current.set(state.urn, state);
    await this.configure(state.urn, given, state.inputs);
    return given;
  }

  /**
   * Whether resources must be replaced because their provider is another one now: only if the new one says
   * so; a newer release of the same provider takes its predecessor's resources over.
   */
  async changed(old: ResourceState, now: ResourceState): Promise<boolean> {
    if (old.provider === now.provider) return false;
    if (!old.provider || !now.provider) return true;
    const before = parseReference(old.provider);
    const after = this.current.get(parseReference(now.provider).urn);
    const state = this.journal.base.resources.find(
      (resource) => resource.urn === before.urn && resource.id === before.id,
    );
    if (!state || !after) return true;
    const diff = await (await this.get(now.provider)).diffConfig(after.urn, state, after.inputs);
    return diff !== undefined && replaces({ ...diff, changes: true });
  }

  private configure(urn: string, id: string, inputs: Properties): Promise<Provider> {
    const provider = this.open(urn).then(async (opened) => {
      await opened.configure(urn, id, settings(inputs));
      return opened;
    });
    this.configured.set(`${urn}::${id}`, provider);
    return provider;
  }

  private async open(urn: string): Promise<Provider> {
    return new Provider(await this.plugins.get(packageOf(parseUrn(urn).type)), this.preview);
  }
}

/** What a provider is configured with; the CLI keeps notes of its own under a key that begins with `__`. */
function settings(inputs: Properties): Properties {
  return Object.fromEntries(Object.entries(inputs).filter(([key]) => !isInternalKey(key)));
}
