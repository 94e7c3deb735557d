/** IPv4 addresses and blocks. */

/** A block of addresses: its first address and its size, both as numbers. */
export interface Block {
  start: number;
  size: number;
  bits: number;
}

/** The number behind a dotted address, or undefined when it is none. */
export function parseAddress(text: string): number | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  const parts = match.slice(1).map(Number);
  return parts.some((part) => part > 255) ? undefined : parts.reduce((sum, part) => sum * 256 + part, 0);
}

/** Dotted form of a number. */
export const formatAddress = (value: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");

/** The block that `a.b.c.d/n` stands for, or undefined when it is none or has bits beyond its prefix. */
export function parseCidr(text: string): Block | undefined {
  const [address, prefix] = text.split("/");
  const start = parseAddress(address);
  if (start === undefined || prefix === undefined || !/^\d{1,2}$/.test(prefix) || Number(prefix) > 32)
    return undefined;
  const bits = Number(prefix);
  const size = 2 ** (32 - bits);
  return start % size === 0 ? { start, size, bits } : undefined;
}

/** Whether `inner` lies inside `outer`. */
export const contains = (outer: Block, inner: Block): boolean =>
  inner.start >= outer.start && inner.start + inner.size <= outer.start + outer.size;

/** Whether two blocks share an address. */
export const overlaps = (a: Block, b: Block): boolean =>
  a.start < b.start + b.size && b.start < a.start + a.size;
