import * as pb from "@pulumi/pulumi/proto/provider_pb";
import type { DiffKind, PropertyDiff, ProviderDiff } from "./diff";
import type { Properties } from "./values";

/** Why a check refused its inputs. */
export interface CheckFailure {
  property: string;
  reason: string;
}

/** What Create and Update return. */
export interface Applied {
  id: string;
  outputs: Properties;
}

/** What Read found; an empty id says that the resource is gone. */
export interface Found extends Applied {
  /** Undefined: the provider does not tell them, so they stay what they were. */
  inputs?: Properties;
  /** Why it is not in order. */
  unhealthy: string[];
}

const KINDS: DiffKind[] = ["add", "add-replace", "delete", "delete-replace", "update", "update-replace"];
const CHANGES = pb.DiffResponse.DiffChanges;

export function failuresOf(list: pb.CheckFailure[]): CheckFailure[] {
  return list.map((failure) => ({ property: failure.getProperty(), reason: failure.getReason() }));
}

export function decodeDiff(response: pb.DiffResponse): ProviderDiff {
  const changes = response.getChanges();
  const detailed: Record<string, PropertyDiff> = {};
  for (const [path, property] of response.getDetaileddiffMap().entries() as Iterable<
    [string, pb.PropertyDiff]
  >) {
    detailed[path] = { kind: KINDS[property.getKind()] ?? "update", inputDiff: property.getInputdiff() };
  }
  return {
    changes: changes === CHANGES.DIFF_UNKNOWN ? undefined : changes === CHANGES.DIFF_SOME,
    replaceKeys: response.getReplacesList(),
    changedKeys: response.getDiffsList(),
    deleteBeforeReplace: response.getDeletebeforereplace(),
    ...(response.getHasdetaileddiff() ? { detailed } : {}),
  };
}
