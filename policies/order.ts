/** Things by name, `web-2` before `web-10`: the program registers hosts in the order in which they became ready to be. */
export function byName<T extends { name: string }>(things: readonly T[]): T[] {
  return [...things].sort((one, other) => ORDER.compare(one.name, other.name));
}

const ORDER = new Intl.Collator("en", { numeric: true });

/** `web-1, web-2`. */
export function namesOf(things: readonly { name: string }[]): string {
  return things.map(({ name }) => name).join(", ");
}
