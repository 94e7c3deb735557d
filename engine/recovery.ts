import type { Listener } from "./events";
import type { Journal } from "./journal";
import type { Registry } from "./registry";
import { InitError } from "./rpc";
import type { Operation, ResourceState } from "./state";
import { isProviderType } from "./urn";
import { markSecrets } from "./values";

/**
 * Settles what a killed run had begun, before anything else is done:
 * - A creation is asked for again with the very inputs that were recorded before it, which hold what the
 *   provider recognizes it by; so the resource is found or made, and recorded, whatever the program says now.
 * - A deletion is asked for again, unless the record waits for its deletion anyway.
 * - An update is left to the planner, which repeats it even if the inputs look the same.
 * Operations that cannot be settled now stay in the state.
 */
export async function settleInterrupted(journal: Journal, registry: Registry, emit: Listener): Promise<void> {
  for (const operation of journal.interrupted()) {
    const { type, resource } = operation;
    if (!resource.custom || isProviderType(resource.type)) journal.drop(operation);
    else if (type === "creating") await recreate(operation, journal, registry, emit);
    else if (type === "deleting") await redelete(operation, journal, registry, emit);
  }
  if (journal.base.operations.length > 0) await journal.save();
}

async function recreate(operation: Operation, journal: Journal, registry: Registry, emit: Listener) {
  const { resource } = operation;
  const say = note(emit, resource.urn);
  const made: ResourceState = { ...resource };
  try {
    const provider = await registry.get(resource.provider as string);
    const { id, outputs } = await provider.create(
      resource.urn,
      resource.inputs,
      resource.customTimeouts?.create,
    );
    made.id = id;
    made.outputs = markSecrets(outputs, resource.inputs, resource.additionalSecretOutputs ?? []);
  } catch (error) {
    if (!(error instanceof InitError)) {
      return say("warning", `its interrupted creation could not be finished: ${(error as Error).message}`);
    }
    Object.assign(made, { id: error.id, outputs: error.outputs, initErrors: error.reasons });
  }
  const old = journal.base.resources.find((state) => state.urn === made.urn && !state.delete);
  if (old?.pendingReplacement) journal.remove(old);
  else if (old) old.delete = true;
  made.created = made.modified = new Date().toISOString();
  journal.base.resources.push(made);
  journal.drop(operation);
  await journal.save();
  say("info", "its interrupted creation is finished");
}

async function redelete(operation: Operation, journal: Journal, registry: Registry, emit: Listener) {
  const { resource } = operation;
  const state = journal.base.resources.find(({ urn, id }) => urn === resource.urn && id === resource.id);
  if (!state || state.delete || state.pendingReplacement) return journal.drop(operation);
  const say = note(emit, resource.urn);
  try {
    await (await registry.get(resource.provider as string)).delete(state);
  } catch (error) {
    return say("warning", `its interrupted deletion could not be finished: ${(error as Error).message}`);
  }
  journal.base.resources.splice(journal.base.resources.indexOf(state), 1);
  journal.drop(operation);
  await journal.save();
  say("info", "its interrupted deletion is finished");
}

function note(emit: Listener, urn: string) {
  return (severity: "info" | "warning", text: string) => emit({ type: "diagnostic", severity, urn, text });
}
