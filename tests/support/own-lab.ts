/**
 * Makes this test file's lab another one than the machine's: own names, own folders, the same image cache.
 * Import it before anything of lab/machine is called.
 */
process.env.FOOBAR_LAB_PREFIX = "fbtest";
process.env.FOOBAR_LAB_STATE = "/var/lib/fbtest-lab";
process.env.FOOBAR_LAB_RUN = "/run/fbtest-lab";

/** What the machine's own network looks like; the lab must never change it. */
export const ownNetwork =
  "ip address; ip route show table all; ip rule; nft list ruleset; cat /proc/sys/net/ipv4/ip_forward";
