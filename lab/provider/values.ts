/**
 * Property values as they travel between engine and provider: plain JSON, with marked objects for secrets and
 * assets and one marked string for what is not known yet.
 */

/** A bag of properties of a resource, in wire form. */
export type Properties = Record<string, unknown>;

/** What stands for a value that is known only after something else is created (Pulumi's own constant). */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const ASSET = "c44067f5952c0a294b673a41bacd8c17";
const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e";

/** Whether the value is an object with named members. */
export function isObject(value: unknown): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const signed = (value: unknown, signature: string): value is Properties =>
  isObject(value) && value[SIGNATURE] === signature;

/** Whether this very value is not known yet. */
export const isUnknown = (value: unknown): boolean => value === UNKNOWN;

/** Whether the value or anything inside it is not known yet. */
export function hasUnknown(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasUnknown);
  if (isObject(value)) return Object.values(value).some(hasUnknown);
  return isUnknown(value);
}

/** A file or a text that the program hands over, in wire form. */
export const isAsset = (value: unknown): value is { path?: string; text?: string; hash?: string } =>
  signed(value, ASSET);

/** The value without its marks of secrecy; outputs and references to resources become plain values. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (signed(value, SECRET)) return plain(value.value);
  if (signed(value, OUTPUT)) return "value" in value ? plain(value.value) : UNKNOWN;
  if (signed(value, RESOURCE)) return value.id === undefined || value.id === "" ? UNKNOWN : plain(value.id);
  if (!isObject(value) || isAsset(value)) return value;
  const out: Properties = {};
  for (const [key, item] of Object.entries(value)) if (item !== null) out[key] = plain(item);
  return out;
}

/** `plain` for a whole bag. */
export const plainProperties = (value: Properties): Properties => plain(value) as Properties;

/** Marks a value as secret, once. */
export function secret(value: unknown): unknown {
  return value === undefined || signed(value, SECRET) ? value : { [SIGNATURE]: SECRET, value };
}

function hasSecret(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasSecret);
  if (signed(value, SECRET)) return true;
  if (signed(value, OUTPUT)) return value.secret === true || hasSecret(value.value);
  return isObject(value) && Object.values(value).some(hasSecret);
}

/**
 * Gives `out` the secrecy that `source` has at the same place: objects member by member, anything else as a
 * whole.
 */
export function withSecrecyOf(out: unknown, source: unknown): unknown {
  if (!hasSecret(source) || out === undefined) return out;
  if (!isObject(out) || isAsset(out) || !isObject(source) || signed(source, SECRET) || signed(source, OUTPUT))
    return secret(out);
  return Object.fromEntries(
    Object.entries(out).map(([key, item]) => [key, withSecrecyOf(item, source[key])]),
  );
}

/** Deep equality of two wire values; an unknown value equals nothing, itself included. */
export function equal(a: unknown, b: unknown): boolean {
  if (isUnknown(a) || isUnknown(b)) return false;
  if (isAsset(a) && isAsset(b) && a.hash !== undefined && b.hash !== undefined) return a.hash === b.hash;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => equal(item, b[index]));
  if (isObject(a) && isObject(b)) {
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...keys].every((key) => equal(a[key], b[key]));
  }
  return a === b;
}
