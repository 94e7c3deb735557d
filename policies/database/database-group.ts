import type { Host } from "../site/host";
import { between, hasPlugin, oneOf, plugin, unmet, type Demand } from "./mysql-demands";
import { namesOf } from "../site/order";
import type { MysqlConfig } from "../parse/mysql";
import { isUnknown } from "../site/resources";
import { unknown, violation, type Finding } from "../rule";

/** A database and its settings. */
export interface Member {
  host: Host;
  config: MysqlConfig;
}

/** Most members of a group (MySQL manual, "Group Replication Limitations"). */
const MOST_MEMBERS = 9;

/** What a member's own settings lack for a group that heals by itself. */
export function memberFaults(member: Member, members: readonly Member[], maxExpelSeconds: number): Finding[] {
  const { host, config } = member;
  if (!hasPlugin(config, "group_replication")) return unmet(host, config, [plugin("group_replication")]);
  return [
    ...unmet(host, config, demands(maxExpelSeconds)),
    ...returnFaults(member),
    ...addressFaults(member, members),
  ];
}

function demands(maxExpelSeconds: number): Demand[] {
  return [
    oneOf("group_replication_single_primary_mode", "ON"),
    // A member that founds a group whenever it starts makes a second group next to the first.
    oneOf("group_replication_bootstrap_group", "OFF"),
    // 0, the default, lets a member that is cut off from the majority wait for ever with its clients' writes.
    between("group_replication_unreachable_majority_timeout", 1, 3600),
    between("group_replication_member_expel_timeout", 0, maxExpelSeconds),
    // READ_ONLY would go on serving reads that grow older and older.
    oneOf("group_replication_exit_state_action", "OFFLINE_MODE", "ABORT_SERVER"),
  ];
}

/** A member that was away has to come back without hands: by the plugin, or by a program that user data shows. */
function returnFaults({ host, config }: Member): Finding[] {
  if (startsGroup(host)) return [];
  return unmet(host, config, [
    {
      ...oneOf("group_replication_start_on_boot", "ON"),
      want: "ON, or a program in user data that starts the group",
    },
    between("group_replication_autorejoin_tries", 1, 2016),
  ]);
}

/** Whether a program that user data writes joins the group. */
function startsGroup(host: Host): boolean {
  const data = host.userData;
  if (!data || isUnknown(data)) return false;
  return [...data.files.values()].some(
    ({ path, content }) => !path.endsWith(".cnf") && /\bSTART\s+GROUP_REPLICATION\b/i.test(content),
  );
}

/** One group, and every member knows every other: whoever is missing from the list cannot be found by one that returns. */
function addressFaults({ host, config }: Member, members: readonly Member[]): Finding[] {
  const say = (variable: string, found: string, want: string) =>
    violation(host.resource, `${host.name}: ${variable} ${found}, want ${want}; correct it`);
  const findings: Finding[] = [];
  const name = config.get("group_replication_group_name");
  const [leader] = members;
  const first = leader.config.get("group_replication_group_name");
  if (!name) findings.push(say("group_replication_group_name", "is not set", "the group's UUID"));
  else if (first && name.toLowerCase() !== first.toLowerCase())
    findings.push(say("group_replication_group_name", `is ${name}`, `${first} as on ${leader.host.name}`));

  const address = (one: Member) => one.config.get("group_replication_local_address");
  const own = address({ host, config });
  const ownHost = own?.replace(/:\d+$/, "");
  if (ownHost !== host.fqdn)
    findings.push(
      say("group_replication_local_address", own ? `is ${own}` : "is not set", `${host.fqdn} and a port`),
    );
  const seeds = (config.get("group_replication_group_seeds") ?? "").split(",").map((seed) => seed.trim());
  const wanted = members.map(address).filter((one) => one !== undefined);
  const lacking = wanted.filter((one) => !seeds.includes(one));
  const strange = seeds.filter((seed) => seed !== "" && !wanted.includes(seed));
  if (lacking.length > 0)
    findings.push(
      say("group_replication_group_seeds", `lacks ${lacking.join(", ")}`, "the address of every member"),
    );
  if (strange.length > 0)
    findings.push(
      say("group_replication_group_seeds", `names ${strange.join(", ")}`, "addresses of members only"),
    );
  return findings;
}

/** What the members together lack: a majority that any single loss leaves. */
export function groupFaults(databases: readonly Member[]): Finding[] {
  const members = databases.map(({ host }) => host);
  const count = members.length;
  const majority = Math.floor(count / 2) + 1;
  const findings: Finding[] = [];
  if (count < 3 || count % 2 === 0 || count > MOST_MEMBERS)
    findings.push(
      violation(
        members[0].resource,
        `the group has ${count} ${count === 1 ? "member" : "members"} (${namesOf(members)}), want 3, 5, 7 or 9, so that one loss leaves a majority; add or remove one`,
      ),
    );
  const zones = new Map<string, Host[]>();
  for (const host of members) {
    const { zone } = host;
    if (typeof zone === "string") zones.set(zone, [...(zones.get(zone) ?? []), host]);
    else
      findings.push(
        unknown(host.resource, zone ?? "availabilityZone", `whether the loss of its zone leaves a majority`),
      );
  }
  for (const [zone, hosts] of zones)
    if (count >= 3 && count - hosts.length < majority)
      findings.push(
        violation(
          hosts[0].resource,
          `zone ${zone} holds ${namesOf(hosts)}: its loss leaves ${count - hosts.length} of ${count} members, want ${majority}; spread them over more zones`,
        ),
      );
  return findings;
}
