import { isUnknown, type Resource } from "../site/resources";
import type { Site } from "../site/site";

export const PLAN = "aws:backup/plan:Plan";
export const SELECTION = "aws:backup/selection:Selection";
export const VAULT = "aws:backup/vault:Vault";
export const VAULT_LOCK = "aws:backup/vaultLockConfiguration:VaultLockConfiguration";
export const AIR_GAPPED_VAULT = "aws:backup/logicallyAirGappedVault:LogicallyAirGappedVault";
export const RESTORE_PLAN = "aws:backup/restoreTestingPlan:RestoreTestingPlan";
export const RESTORE_SELECTION = "aws:backup/restoreTestingSelection:RestoreTestingSelection";

/** Whether a resource of the stack is what a property names: by the edge, or by its name or ARN when they are known. */
export function names(holder: Resource, property: string, resource: Resource): boolean {
  if (holder.refs(property, resource.type).length > 0)
    return holder.refs(property, resource.type).includes(resource);
  const values = [holder.get(property)].flat();
  const own = [resource.get("name"), resource.get("arn"), resource.get("id")];
  return values.some((value) => typeof value === "string" && own.includes(value));
}

/** Whether a selection of AWS Backup takes a volume or an instance: by reference, by ARN, by a pattern or by its tags. */
export function backedUp(site: Site, resource: Resource): boolean {
  return selectionsOf(site, resource).length > 0;
}

export function selectionsOf(site: Site, resource: Resource): Resource[] {
  return site.ofType(SELECTION).filter((selection) => selects(selection, resource));
}

function selects(selection: Resource, resource: Resource): boolean {
  if (listed(selection, "notResources", resource)) return false;
  return listed(selection, "resources", resource) || byTag(selection, resource);
}

/** ARN patterns of AWS Backup (`*` stands for anything), as far as they can match any resource of a kind. */
const ANY_OF_KIND: Record<string, RegExp> = {
  "aws:ebs/volume:Volume": /^(\*|arn:aws:ec2:[^:]*:[^:]*:(\*|volume\/\*))$/,
  "aws:ec2/instance:Instance": /^(\*|arn:aws:ec2:[^:]*:[^:]*:(\*|instance\/\*))$/,
};

function listed(selection: Resource, property: string, resource: Resource): boolean {
  if (selection.refs(property).includes(resource)) return true;
  const arn = resource.get("arn");
  const patterns = selection.get(property);
  return (
    Array.isArray(patterns) &&
    patterns.some(
      (pattern) =>
        typeof pattern === "string" &&
        (pattern === arn || ANY_OF_KIND[resource.type]?.test(pattern) === true),
    )
  );
}

/** What a selection by tags takes is decided by the tags: any of its conditions is enough. */
function byTag(selection: Resource, resource: Resource): boolean {
  const conditions = selection.get("selectionTags");
  const tags = resource.get("tags");
  if (!Array.isArray(conditions) || tags === null || typeof tags !== "object" || isUnknown(tags))
    return false;
  return conditions.some((condition) => {
    const { key, value } = condition as { key?: unknown; value?: unknown };
    return typeof key === "string" && value !== undefined && (tags as Record<string, unknown>)[key] === value;
  });
}
