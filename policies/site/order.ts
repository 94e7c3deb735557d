/** Things by name, `web-2` before `web-10`: the program registers hosts in the order in which they became ready to be. */
export function byName<T extends { name: string }>(things: readonly T[]): T[] {
  return [...things].sort((one, other) => compareNames(one.name, other.name));
}

/** For `sort`, where the names are no property of the things. */
export const compareNames = new Intl.Collator("en", { numeric: true }).compare;

/** More names than these in a sentence tell nobody anything. */
const MOST_NAMES = 10;

/** `web-1, web-2`, and of many the first: `web-1, … and 90 more`. */
export function namesOf(things: readonly { name: string }[]): string {
  const names = things.slice(0, MOST_NAMES).map(({ name }) => name);
  const more = things.length - names.length;
  return names.join(", ") + (more > 0 ? ` and ${more} more` : "");
}
