import { eventually } from "./until";
import type { Lab } from "./lab";

/** The lab's databases, by name. */
export const members = ["db-1", "db-2", "db-3"];

const VIEW = "performance_schema.replication_group_members";

/** Who is the primary, as all of these see it; undefined while one does not answer or they do not agree. */
export async function primary(lab: Lab, among = members): Promise<string | undefined> {
  const said = await Promise.all(
    among.map((member) =>
      lab
        .sql(
          member,
          `select member_host from ${VIEW} where member_role = 'PRIMARY' and member_state = 'ONLINE'`,
        )
        .catch(() => ""),
    ),
  );
  const [one] = said;
  return one !== "" && said.every((other) => other === one) ? one.split(".")[0] : undefined;
}

/** Waits until each of these members sees all of them in the group, in good order and under one primary. Its name. */
export async function wholeGroup(lab: Lab, among = members, deadlineMs = 120_000): Promise<string> {
  return eventually("a whole group", deadlineMs, async () => {
    const states = await Promise.all(
      among.map((member) =>
        lab.sql(member, `select group_concat(member_state) from ${VIEW}`).catch(() => ""),
      ),
    );
    const whole = among.map(() => "ONLINE").join();
    return states.every((state) => state === whole) ? primary(lab, among) : undefined;
  });
}
