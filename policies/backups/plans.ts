import type { Known } from "../site/host";
import { isUnknown, type Resource } from "../site/resources";
import { unknown, violation, type Finding } from "../rule";

/** What is wrong with when a plan makes backups and how long it keeps them. */
export function planFaults(plan: Resource, minDays: number): Finding[] {
  const rules = plan.get("rules");
  if (isUnknown(rules)) return [unknown(plan, rules, `when ${plan.name} makes backups`)];
  if (!Array.isArray(rules) || rules.length === 0)
    return [violation(plan, `backup plan ${plan.name} has no rule, want a daily one; add it`)];
  const findings: Finding[] = [];
  const each = rules.map((_, index) => ({
    name: plan.at("rules", String(index), "ruleName") as string,
    schedule: plan.at("rules", String(index), "schedule") as Known<string>,
    days: plan.at("rules", String(index), "lifecycle", "deleteAfter") as Known<number>,
  }));
  for (const { name, schedule, days } of each) {
    if (isUnknown(days)) findings.push(unknown(plan, days, `how long ${plan.name} keeps recovery points`));
    // Without deleteAfter they are kept for ever.
    else if (days !== undefined && days < minDays)
      findings.push(
        violation(
          plan,
          `backup plan ${plan.name}: rule ${name} keeps recovery points ${days} days, want at least ${minDays}; raise deleteAfter`,
        ),
      );
    if (isUnknown(schedule)) findings.push(unknown(plan, schedule, `how often ${plan.name} makes backups`));
  }
  if (findings.length === 0 && !each.some(({ schedule }) => isDaily(schedule)))
    findings.push(
      violation(
        plan,
        `backup plan ${plan.name}: no rule runs every day (${each.map(({ schedule }) => (isUnknown(schedule) ? "unknown" : (schedule ?? "no schedule"))).join(", ")}), want one; set schedule to cron(0 3 * * ? *)`,
      ),
    );
  return findings;
}

/** `cron(minutes hours day-of-month month day-of-week year)`, or a rate of a day or less (EventBridge Scheduler). */
function isDaily(schedule: Known<string>): boolean {
  if (typeof schedule !== "string") return false;
  const rate = /^rate\((\d+)\s+(minute|hour|day)s?\)$/.exec(schedule);
  if (rate)
    return Number(rate[1]) <= { minute: 1440, hour: 24, day: 1 }[rate[2] as "minute" | "hour" | "day"];
  const fields = /^cron\(([^)]*)\)$/.exec(schedule)?.[1].trim().split(/\s+/) ?? [];
  return fields.length === 6 && fields.slice(2).every((field) => ["*", "?", "*/1", "1/1"].includes(field));
}
