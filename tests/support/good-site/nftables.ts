import { FLOWS, type Peer } from "./flows";
import { SUBNETS_CIDR, type Tier } from "./plan";

/**
 * `/etc/nftables.conf` of a host: the security group once more, by the host itself. Addresses stand in place of groups,
 * since nftables knows no groups.
 */
export function hostFirewall(tier: Tier): string {
  const match = (peer: Peer, side: "saddr" | "daddr") => {
    if (peer === "internet") return "";
    const place = peer === "balancer" ? "public" : peer === "access" ? "edge" : peer;
    return `ip ${side} ${SUBNETS_CIDR[place]} `;
  };
  const lines = (own: "from" | "to", other: "from" | "to", side: "saddr" | "daddr") =>
    FLOWS.filter((flow) => flow[own] === tier)
      .map(
        (flow) =>
          `        ${match(flow[other], side)}tcp dport ${flow.port} accept comment "${flow.service}"\n`,
      )
      .join("");
  return `#!/usr/sbin/nft -f
# The flows of the security group, enforced by the host as well: with either of the two off, the other still holds.
flush ruleset

define resolver = 169.254.169.253
define clock = 169.254.169.123

table inet host {
    chain input {
        type filter hook input priority filter; policy drop;
        ct state vmap { established : accept, related : accept, invalid : drop }
        iif lo accept
        # Path MTU discovery.
        icmp type { echo-request, destination-unreachable, time-exceeded } accept
${lines("to", "from", "saddr")}    }

    chain forward {
        type filter hook forward priority filter; policy drop;
    }

    chain output {
        type filter hook output priority filter; policy drop;
        ct state vmap { established : accept, related : accept, invalid : drop }
        oif lo accept
        icmp type { echo-request, destination-unreachable } accept
        ip daddr $resolver meta l4proto { tcp, udp } th dport 53 accept comment "names"
        ip daddr $clock udp dport 123 accept comment "time"
        udp sport 68 udp dport 67 accept comment "address"
${lines("from", "to", "daddr")}    }
}
`;
}
