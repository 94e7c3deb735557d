/** Ranges of addresses, as firewalls write them. */

/** First and last address of an IPv4 range. Undefined for IPv6 and for what is no range at all. */
function span(cidr: string): [number, number] | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/.exec(cidr.trim());
  if (!match) return undefined;
  const address = match.slice(1, 5).reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(match[5] ?? 32));
  const first = Math.floor(address / size) * size;
  return [first, first + size - 1];
}

/**
 * Addresses that the internet does not route: RFC 1918, shared (RFC 6598), link-local and loopback; of IPv6, unique
 * local (RFC 4193), link-local and loopback.
 */
const PRIVATE = [
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "100.64.0.0/10",
  "169.254.0.0/16",
  "127.0.0.0/8",
];
const PRIVATE_6 = /^(f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:|::1(\/128)?$)/i;

/** Whether a range has addresses of the internet in it: all of it, a half of it, or one stranger's. */
export function isInternet(cidr: string): boolean {
  if (cidr.includes(":")) return !PRIVATE_6.test(cidr);
  return !PRIVATE.some((range) => covers(range, cidr));
}

/** Whether all of `inner` is in `outer`. */
export function covers(outer: string, inner: string): boolean {
  const [a, b] = [span(outer), span(inner)];
  if (!a || !b) return outer === inner || (outer === "::/0" && inner.includes(":"));
  return a[0] <= b[0] && b[1] <= a[1];
}

/** Whether two ranges share an address. */
export function overlap(one: string, other: string): boolean {
  const [a, b] = [span(one), span(other)];
  if (!a || !b) return covers(one, other) || covers(other, one);
  return a[0] <= b[1] && b[0] <= a[1];
}

const LOOPBACK = /^(127\.\d|localhost$|::1$|\[::1\]$)/;

/** Whether bytes to this address stay on the host. */
export function isLoopback(address: string): boolean {
  return LOOPBACK.test(address);
}
