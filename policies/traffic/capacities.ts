import table from "../data/instance-types.json";
import type { Host, Known } from "../site/host";
import { isUnknown, Unknown } from "../site/resources";

/** What a host of some instance type has. */
export interface Capacity {
  vcpus: number;
  memoryMiB: number;
}

const TYPES: Readonly<Record<string, Capacity>> = table.types;

/** What a host's instance type has. Unknown when the type is, or is none of the pinned table's. */
export function capacityOf(host: Host): Capacity | Unknown {
  const type: Known<string> = host.instanceType;
  if (isUnknown(type)) return type;
  const capacity = type === undefined ? undefined : TYPES[type];
  return (
    capacity ??
    new Unknown(
      `what instance type ${type ?? "none"} of ${host.name} has, since policies/data/instance-types.json lacks it`,
    )
  );
}

/** How much work a web host can do: as `weightsOf` of the program has it, the scarcer of its vCPUs and GiB. */
export function sizeOf({ vcpus, memoryMiB }: Capacity): number {
  return Math.min(vcpus, memoryMiB / 1024);
}
