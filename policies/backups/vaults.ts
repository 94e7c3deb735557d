import { given } from "../site/given";
import type { Resource } from "../site/resources";
import { violation, type Finding } from "../rule";
import type { Site } from "../site/site";
import { AIR_GAPPED_VAULT, names, PLAN, VAULT, VAULT_LOCK } from "./selections";

/** A vault has a key of its own, and nobody who may delete hosts may delete what is in it. */
export function vaultFaults(site: Site, vault: Resource): Finding[] {
  const findings: Finding[] = [];
  const key = given(vault, "kmsKeyArn");
  if (key === undefined || key === "")
    findings.push(
      violation(
        vault,
        `backup vault ${vault.name} has no key of its own, want kmsKeyArn; set it to a customer managed key`,
      ),
    );
  const locked = site.ofType(VAULT_LOCK).some((lock) => names(lock, "backupVaultName", vault));
  if (!locked && !copiedAway(site, vault))
    findings.push(
      violation(
        vault,
        `backup vault ${vault.name} has no lock and no copy elsewhere, want backups that cannot be deleted early; add a VaultLockConfiguration`,
      ),
    );
  return findings;
}

/** Whether a plan copies what it puts into this vault to one that is locked, air-gapped, or in another account or region. */
function copiedAway(site: Site, vault: Resource): boolean {
  const safe = (target: Resource) =>
    target.type === AIR_GAPPED_VAULT ||
    site.ofType(VAULT_LOCK).some((lock) => names(lock, "backupVaultName", target));
  return site.ofType(PLAN).some((plan) => {
    const rules = plan.get("rules");
    const copies = Array.isArray(rules)
      ? rules.flatMap((_, index) => {
          const actions = plan.at("rules", String(index), "copyActions");
          return Array.isArray(actions)
            ? actions.map((action) => (action as { destinationVaultArn?: unknown }).destinationVaultArn)
            : [];
        })
      : [];
    if (copies.length === 0) return false;
    const targets = [...plan.refs("rules", VAULT), ...plan.refs("rules", AIR_GAPPED_VAULT)];
    return (
      targets.some((target) => target !== vault && safe(target)) ||
      copies.some((arn) => typeof arn === "string" && isElsewhere(arn, vault))
    );
  });
}

/** An ARN that no vault of this stack has is another account's or region's: its owner is asked for the lock. */
function isElsewhere(arn: string, vault: Resource): boolean {
  const own = vault.get("arn");
  const place = (text: string) => text.split(":").slice(3, 5).join(":");
  return typeof own === "string" ? place(arn) !== place(own) : !arn.endsWith(`:${String(vault.get("name"))}`);
}
