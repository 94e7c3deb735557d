/** An IPv4 range: first address as a number, and length of its prefix. */
export interface Range {
  base: number;
  bits: number;
}

/** Reads `a.b.c.d` into a number; undefined when it is not an IPv4 address. */
export function parseAddress(text: string): number | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) {
    return undefined;
  }
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** Writes a number as `a.b.c.d`. */
export function formatAddress(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
}

/** Reads `a.b.c.d/n`; undefined when it is no range or has bits set behind its prefix. */
export function parseCidr(text: string): Range | undefined {
  const match = /^([\d.]+)\/(\d{1,2})$/.exec(text);
  const base = match === null ? undefined : parseAddress(match[1]);
  if (match === null || base === undefined) return undefined;
  const bits = Number(match[2]);
  return bits <= 32 && base % 2 ** (32 - bits) === 0 ? { base, bits } : undefined;
}

/** Whether the address lies in the range. */
export function contains(range: Range, address: number): boolean {
  return address >= range.base && address < range.base + 2 ** (32 - range.bits);
}

/** The n-th address of a range, e.g. 1 for the gateway of a subnet, 2 for the DNS of a VPC. */
export function nthAddress(cidr: string, n: number): string {
  const range = parseCidr(cidr);
  if (range === undefined) throw new Error(`cidr: want a range like 10.20.0.0/16, got ${cidr}`);
  return formatAddress(range.base + n);
}
