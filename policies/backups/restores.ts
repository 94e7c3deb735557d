import { given } from "../site/given";
import type { Resource } from "../site/resources";
import { violation, type Finding } from "../rule";
import type { Site } from "../site/site";
import { names, PLAN, RESTORE_PLAN, RESTORE_SELECTION } from "./selections";

/** Restores are tested by a plan that takes these vaults, and a selection that takes these volumes. */
export function restoreFaults(site: Site): Finding[] {
  const plans = site.ofType(RESTORE_PLAN);
  if (plans.length === 0)
    return [
      violation(
        site.ofType(PLAN)[0],
        "nothing tests a restore, want a restore testing plan for the database volumes; add a RestoreTestingPlan and a RestoreTestingSelection",
      ),
    ];
  const selections = site.ofType(RESTORE_SELECTION);
  return plans.flatMap((plan) => {
    const own = selections.filter((selection) => names(selection, "restoreTestingPlanName", plan));
    const tested = own.filter(takesDisks);
    const findings: Finding[] = [];
    if (tested.length === 0)
      findings.push(
        violation(
          plan,
          `restore testing plan ${plan.name} selects no volume (EBS) and no instance (EC2), want the databases; add a RestoreTestingSelection`,
        ),
      );
    const vaults = plan.at("recoveryPointSelection", "includeVaults");
    if (Array.isArray(vaults) && vaults.length === 0)
      findings.push(
        violation(
          plan,
          `restore testing plan ${plan.name} includes no vault, want those of the databases; name them in includeVaults`,
        ),
      );
    return findings;
  });
}

/** Volumes or whole instances of this stack, or any of them. */
function takesDisks(selection: Resource): boolean {
  const type = selection.get("protectedResourceType");
  const arns = given(selection, "protectedResourceArns");
  if (type !== "EBS" && type !== "EC2") return false;
  if (selection.refs("protectedResourceArns").length > 0) return true;
  return Array.isArray(arns)
    ? arns.some((arn) => arn === "*" || typeof arn !== "string" || arn.startsWith("arn:"))
    : selection.get("protectedResourceConditions") !== undefined;
}
