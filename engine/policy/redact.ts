import { isObject, isSecret, type Value } from "../values";

/** Shorter secrets would take apart the words of a message: `a`, `10`. */
const SHORTEST = 4;

/** The texts inside the secrets of some values, the longest first, since one may hold another. */
export function secretTexts(values: Value[]): string[] {
  const found = new Set<string>();
  const visit = (value: Value, secret: boolean): void => {
    if (typeof value === "string" && secret && value.length >= SHORTEST) found.add(value);
    else if (Array.isArray(value)) value.forEach((item) => visit(item, secret));
    else if (isSecret(value)) visit(value.value, true);
    else if (isObject(value)) Object.values(value).forEach((item) => visit(item, secret));
  };
  values.forEach((value) => visit(value, false));
  return [...found].sort((a, b) => b.length - a.length);
}

/** A policy sees secrets in the clear, so its words may hold them. */
export function redact(text: string, secrets: string[]): string {
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, "[secret]"), text);
}
