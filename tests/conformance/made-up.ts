/**
 * Two runs of one program on a cloud that makes up ids, keys, passwords, addresses and times: what one run was given is
 * put in the place of what the other was given, and then both must be the same. So an id is no difference, but one that
 * stands where another belongs is.
 */
import type { ResourceState } from "../../engine/state";

type Json = Record<string, unknown>;

/** Shorter ones could stand anywhere by chance. */
const LEAST_LENGTH = 7;
/** When something was made is another moment in each run; that there is a time is compared. */
const TIME = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)/g;

/** @returns what translates any value of our run into what it is in theirs; `theirs` only loses its times */
export function translator(theirs: ResourceState[], ours: ResourceState[]) {
  const words = dictionary(theirs, ours);
  // The longest first: an ARN holds an id.
  const ordered = [...words.keys()].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(
    `(?<![0-9A-Za-z])(?:${ordered.map(escape).join("|") || "(?!)"})(?![0-9A-Za-z])`,
    "g",
  );
  const timeless = (text: string) => text.replace(TIME, "<time>");
  return {
    theirs: <T>(value: T): T => inStrings(value, timeless) as T,
    ours: <T>(value: T): T =>
      inStrings(value, (text) => timeless(text.replace(pattern, (found) => words.get(found) as string))) as T,
  };
}

/** By what was made up in our run, what stands at the same place in theirs. */
function dictionary(theirs: ResourceState[], ours: ResourceState[]): Map<string, string> {
  const words = new Map<string, string>();
  const taken = new Set<string>();
  const same = new Map(ours.map((resource) => [resource.urn, resource]));
  for (const their of theirs) {
    const our = same.get(their.urn);
    if (!our || !their.custom) continue;
    for (const [word, meaning] of pairs(madeUp(our), madeUp(their))) {
      // Within a text that is JSON itself, as a secret's is.
      const quoted = [word, meaning].map((text) => JSON.stringify(text).slice(1, -1));
      const short = Math.min(word.length, meaning.length) < LEAST_LENGTH;
      if (short || words.has(word) || taken.has(meaning)) continue;
      taken.add(meaning);
      words.set(word, meaning).set(quoted[0], quoted[1]);
    }
  }
  return words;
}

/** The id, and the properties that the program did not give. */
function madeUp({ id, inputs, outputs, propertyDependencies = {} }: ResourceState): Json {
  const added = (properties: Json = {}) =>
    Object.fromEntries(Object.entries(properties).filter(([key]) => !(key in propertyDependencies)));
  return { id, inputs: added(inputs), outputs: added(outputs) };
}

/** The texts at the same places of both that are not the same. */
function pairs(our: unknown, their: unknown): [string, string][] {
  if (typeof our === "string" && typeof their === "string") return our === their ? [] : [[our, their]];
  if (typeof our !== "object" || typeof their !== "object" || our === null || their === null) return [];
  return Object.keys(our).flatMap((key) => pairs((our as Json)[key], (their as Json)[key]));
}

function inStrings(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((item) => inStrings(item, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inStrings(item, change)]));
}

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
