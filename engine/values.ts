/**
 * Property values, in the one shape that travels on the wire and rests in the state: JSON, in which
 * special values are objects marked by a signature, and an unknown is a string no program would write.
 * The signatures are constants of Pulumi's protocol (@pulumi/pulumi/runtime/rpc).
 */
export type Value = null | boolean | number | string | Value[] | { [key: string]: Value };
/** The properties of one resource. */
export type Properties = Record<string, Value>;

export const SIG = "4dabf18193072939515e22adb298388d";
export const SECRET = "1b47061264138c4ac30d75fd1eb44270";
export const ASSET = "c44067f5952c0a294b673a41bacd8c17";
export const ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7";
export const RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e";
export const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
/** A value that only an update can tell. The SDKs send one of seven constants, by the type expected. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const UNKNOWNS = new Set([
  UNKNOWN,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

export function isUnknown(value: Value | undefined): boolean {
  return typeof value === "string" && UNKNOWNS.has(value);
}

export function isObject(value: Value | undefined): value is { [key: string]: Value } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The signature of a special value, undefined for plain ones. */
export function signature(value: Value | undefined): string | undefined {
  return isObject(value) && typeof value[SIG] === "string" ? value[SIG] : undefined;
}

export function isSecret(value: Value | undefined): value is { value: Value } {
  return signature(value) === SECRET;
}

export function secret(value: Value): Value {
  return isSecret(value) ? value : { [SIG]: SECRET, value };
}

/** Applies `change` to every part of a value, from the inside out. */
export function transform(value: Value, change: (part: Value) => Value): Value {
  if (Array.isArray(value)) return change(value.map((item) => transform(item, change)));
  if (!isObject(value)) return change(value);
  const result: Record<string, Value> = {};
  for (const [key, item] of Object.entries(value)) result[key] = transform(item, change);
  return change(result);
}

export function transformAll(properties: Properties, change: (part: Value) => Value): Properties {
  const result: Properties = {};
  for (const [key, value] of Object.entries(properties)) result[key] = transform(value, change);
  return result;
}

function some(value: Value | undefined, test: (part: Value) => boolean): boolean {
  if (value === undefined) return false;
  if (test(value)) return true;
  if (Array.isArray(value)) return value.some((item) => some(item, test));
  return isObject(value) && Object.values(value).some((item) => some(item, test));
}

export function hasUnknown(value: Value | undefined): boolean {
  return some(value, isUnknown);
}

export function hasSecret(value: Value | undefined): boolean {
  return some(value, isSecret);
}

/** The value without its secret marks, for comparing and for providers that do not take secrets. */
export function withoutSecrets<T extends Value>(value: T): T {
  return transform(value, (part) => (isSecret(part) ? part.value : part)) as T;
}

/**
 * Replaces output values (only sent where dependencies of single values matter) by what they hold:
 * the value, unknown, or a secret of either.
 */
export function withoutOutputs<T extends Value>(value: T): T {
  return transform(value, (part) => {
    if (signature(part) !== OUTPUT || !isObject(part)) return part;
    const inner = part.value === undefined ? UNKNOWN : part.value;
    return part.secret === true ? secret(inner) : inner;
  }) as T;
}

/** Deep equality that ignores the order of keys and treats an absent key as different from null. */
export function equal(a: Value | undefined, b: Value | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((item, index) => equal(item, b[index]))
    );
  }
  if (!isObject(a) || !isObject(b)) return false;
  if (isAsset(a) && isAsset(b) && typeof a.hash === "string" && a.hash !== "") return a.hash === b.hash;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => key in b && equal(a[key], b[key]));
}

export function isAsset(value: Value | undefined): value is { [key: string]: Value } {
  const sig = signature(value);
  return sig === ASSET || sig === ARCHIVE;
}

/** Keys that begin with two underscores belong to providers: kept, but never shown or compared by people. */
export function isInternalKey(key: string): boolean {
  return key.startsWith("__");
}

/**
 * Marks as secret what a provider gave back in the clear although it went in as a secret, and the
 * outputs that the program or SDK names as secret.
 */
export function markSecrets(outputs: Properties, inputs: Properties, named: string[]): Properties {
  const result = { ...outputs };
  for (const [key, value] of Object.entries(result)) {
    if (!isSecret(value) && (isSecret(inputs[key]) || named.includes(key))) result[key] = secret(value);
  }
  return result;
}

/**
 * For a provider that takes no secrets: secret marks of the inputs are put back on outputs of the same name.
 */
export function annotateSecrets(outputs: Properties, inputs: Properties): Properties {
  const result = { ...outputs };
  for (const [key, input] of Object.entries(inputs)) {
    const output = result[key];
    if (output === undefined) continue;
    if (
      isObject(output) &&
      isObject(input) &&
      signature(output) === undefined &&
      signature(input) === undefined
    ) {
      result[key] = annotateSecrets(output, input);
    } else if (!isSecret(output) && hasSecret(input)) result[key] = secret(output);
  }
  return result;
}
