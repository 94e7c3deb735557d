/** Cables that are pulled: everything to and from an interface is lost without a word, as in a partition. */
import { must } from "../run";
import { namespaces } from "./names";
import { inside } from "./namespaces";

/** A table of its own, so that the site's firewalls are neither touched nor in the way. */
const TABLE = "inet foobar_cut";

/** The links whose packets are lost from now on; none: everything goes through again. */
export async function cutLinks(links: readonly string[]): Promise<void> {
  const script =
    links.length === 0
      ? `table ${TABLE} {}\ndelete table ${TABLE}\n`
      : `table ${TABLE} {}
delete table ${TABLE}
table ${TABLE} {
  set cut {
    type ifname
    elements = { ${links.map((link) => `"${link}"`).join(", ")} }
  }
  chain from_cut {
    type filter hook prerouting priority -400; policy accept;
    iifname @cut drop
  }
  chain to_cut {
    type filter hook postrouting priority 400; policy accept;
    oifname @cut drop
  }
}
`;
  await must(inside(namespaces.vpc(), ["nft", "-f", "-"]), { input: script });
}
