/** Every kind that the lab's cloud keeps. */
import { kinds as compute } from "./compute";
import { kinds as firewall } from "./firewall";
import type { Kind } from "./kind";
import { kinds as loadBalancing } from "./loadBalancing";
import { kinds as network } from "./network";
import { kinds as records } from "./records";
import { kinds as route53 } from "./route53";

export type { Kind, Machine } from "./kind";

const byName = new Map(
  [...network, ...compute, ...firewall, ...loadBalancing, ...records, ...route53].map((kind) => [
    kind.name,
    kind,
  ]),
);

/** The kind of this name. Throws when the lab has none. */
export function kindNamed(name: string): Kind {
  const kind = byName.get(name);
  if (kind === undefined)
    throw new Error(`kind: want one that the lab keeps (${[...byName.keys()].join(", ")}), got ${name}`);
  return kind;
}
