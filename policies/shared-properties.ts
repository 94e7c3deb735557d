import { createRequire } from "node:module";

type Properties = Record<string, unknown>;

/** What of the SDK reads the properties of resources off the wire. */
interface Deserializer {
  deserializeProperties?: (message: object, keepSecrets: boolean) => Properties;
}

/**
 * The SDK reads all resources off the wire for every policy, which takes a large site as long as its rules do. Rules
 * change nothing of what they are given, so what was read for one of them is given to the others, too. It is the SDK's
 * own reading, called once for each message; where an SDK has none under this name, nothing is shared.
 */
export function shareProperties(): void {
  const sdk = createRequire(__filename)("@pulumi/policy/deserialize") as Deserializer;
  const read = sdk.deserializeProperties;
  if (!read) return;
  const known = new WeakMap<object, Properties>();
  sdk.deserializeProperties = (message, keepSecrets) => {
    // Remediations do change what they are given.
    if (keepSecrets) return read(message, keepSecrets);
    let properties = known.get(message);
    if (!properties) known.set(message, (properties = read(message, keepSecrets)));
    return properties;
  };
}
