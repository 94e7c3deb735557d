/** Create, read, update and delete, for previews and for real. */
import { daemonBackend } from "./daemon";
import type { Backend, Context, Existing, ResourceType } from "./resource";
import { equal, plain, plainProperties, secret, UNKNOWN, withSecrecyOf, type Properties } from "./values";

const backendOf = (type: ResourceType): Backend => type.backend ?? daemonBackend(type.token);

/** Tags as AWS reports them: the provider's default tags and the resource's own. */
function tagsAll(type: ResourceType, inputs: Properties, context: Context): Properties {
  if (type.inputs.tags?.kind !== "map") return {};
  return { tagsAll: { ...context.settings.defaultTags, ...(inputs.tags as Properties | undefined) } };
}

/** Outputs that follow from the inputs alone. */
function knownOutputs(type: ResourceType, inputs: Properties, context: Context): Properties {
  const { __clientToken, __defaults, ...given } = inputs;
  void __clientToken;
  void __defaults;
  return { ...given, ...tagsAll(type, inputs, context), ...type.known?.(inputs, context.settings) };
}

/** All outputs, with the secrecy of the inputs and of the type. */
function outputs(type: ResourceType, wire: Properties, computed: Properties, context: Context): Properties {
  const inputs = plainProperties(wire);
  const all = withSecrecyOf({ ...knownOutputs(type, inputs, context), ...computed }, wire) as Properties;
  for (const name of type.secretOutputs ?? []) if (name in all) all[name] = secret(all[name]);
  return all;
}

/** What a create would give: everything that depends on the cloud is unknown. Touches nothing. */
export function previewCreate(type: ResourceType, inputs: Properties, context: Context): Properties {
  const known = knownOutputs(type, plainProperties(inputs), context);
  const unknown = type.computed.filter((name) => known[name] === undefined).map((name) => [name, UNKNOWN]);
  return outputs(type, inputs, Object.fromEntries(unknown) as Properties, context);
}

/** Creates the resource; a repeated create with the same client token gives the resource that is there. */
export async function create(type: ResourceType, inputs: Properties, context: Context): Promise<Existing> {
  const made = await backendOf(type).create(plainProperties(inputs), context);
  return { id: made.id, outputs: outputs(type, inputs, made.outputs, context) };
}

/** What an update would give: computed outputs stay as they are. */
export function previewUpdate(
  type: ResourceType,
  inputs: Properties,
  state: Properties,
  context: Context,
): Properties {
  const before = plainProperties(state);
  const kept = type.computed.filter((name) => name in before).map((name) => [name, before[name]]);
  const known = knownOutputs(type, plainProperties(inputs), context);
  return outputs(type, inputs, { ...(Object.fromEntries(kept) as Properties), ...known }, context);
}

/** Updates the resource in place. */
export async function update(
  type: ResourceType,
  id: string,
  inputs: Properties,
  state: Properties,
  context: Context,
): Promise<Properties> {
  const backend = backendOf(type);
  const before = plainProperties(state);
  const kept = Object.fromEntries(
    type.computed.filter((name) => name in before).map((name) => [name, before[name]]),
  );
  const fresh = (await backend.update?.(id, plainProperties(inputs), before, context)) ?? {};
  return outputs(type, inputs, { ...kept, ...fresh }, context);
}

/** What a read finds. */
export interface FoundResource extends Existing {
  /** The recorded inputs, with what is really there in place of what has changed. */
  inputs: Properties;
}

/** The resource as it is now, or undefined when it is gone; what is only recorded reads as it is recorded. */
export async function read(
  type: ResourceType,
  id: string,
  state: Properties,
  inputs: Properties,
  context: Context,
): Promise<FoundResource | undefined> {
  const backend = backendOf(type);
  if (backend.read === undefined) return { id, outputs: state, inputs };
  const found = await backend.read(id, plainProperties(state), context);
  if (found === undefined) return undefined;
  const changed: Properties = {};
  for (const [name, value] of Object.entries(found.outputs))
    if (Object.hasOwn(type.inputs, name) && name in inputs && !equal(plain(inputs[name]), value))
      changed[name] = withSecrecyOf(value, inputs[name]);
  const real = { ...inputs, ...changed };
  return {
    id: found.id,
    outputs: outputs(type, { ...state, ...real }, found.outputs, context),
    inputs: real,
  };
}

/** Removes the resource. Harmless when it is gone. */
export async function remove(
  type: ResourceType,
  id: string,
  state: Properties,
  context: Context,
): Promise<void> {
  await backendOf(type).delete?.(id, plainProperties(state), context);
}
