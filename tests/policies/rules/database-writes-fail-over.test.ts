import { pairConfig } from "../../../components/render/mysql-pair";
import { databaseWritesFailOver as rule } from "../../../policies/rules/database-writes-fail-over";
import { renderedGroup } from "../../support/rendered-group";
import { check, Fixture, goodSite, messages, unknownValue } from "../../support/policies";

const MYSQL = "/etc/mysql/mysql.conf.d/zz-foobar.cnf";
const HAPROXY = "/etc/haproxy/haproxy.cfg";

it("finds nothing in groups of three and of five", () => {
  expect(messages(rule, goodSite())).toEqual([]);
  expect(messages(rule, goodSite({ databases: 5 }))).toEqual([]);
});

it("finds nothing in the group that the program renders, which a program of its own joins", () => {
  const site = () => renderedGroup(goodSite());
  expect(messages(rule, site())).toEqual([]);
  expect(messages(rule, site().drop("db-1", "/etc/foobar/group/join.sql"))).toEqual([
    expect.stringContaining("db-1: group_replication_start_on_boot is OFF, want ON, or a program"),
    expect.stringContaining("db-1: group_replication_autorejoin_tries is 0, want 1 to 2016"),
  ]);
});

it("is not applicable without a database, and ignores everything else", () => {
  const site = new Fixture();
  site.add("aws:rds/instance:Instance", "other", { multiAz: false });
  expect(check(rule, site).notApplicable).toBe("no host of this stack is a database");
});

it("finds a pair once, at its primary", () => {
  const site = goodSite({ databases: 2 });
  const member = (name: string, role: "primary" | "replica", serverId: number) =>
    site.write(name, MYSQL, pairConfig({ role, serverId, fqdn: `${name}.foobar.internal`, memoryMiB: 8192 }));
  member("db-1", "primary", 1);
  member("db-2", "replica", 2);
  expect(check(rule, site).findings).toEqual([
    {
      kind: "violation",
      urn: expect.stringMatching(/::db-1-instance$/) as string,
      message:
        "db-1 alone takes writes, and db-2 cannot take over by itself, want at least three members that elect a primary; make the databases a replication group",
      flaw: "one-writable-database",
    },
  ]);
});

it.each([
  [
    "group_replication_single_primary_mode = ON",
    "group_replication_single_primary_mode = OFF",
    "group_replication_single_primary_mode is OFF, want ON; write it into [mysqld]",
  ],
  [
    "group_replication_bootstrap_group = OFF",
    "group_replication_bootstrap_group = ON",
    "group_replication_bootstrap_group is ON, want OFF; write it into [mysqld]",
  ],
  [
    "group_replication_unreachable_majority_timeout = 10",
    "group_replication_unreachable_majority_timeout = 0",
    "group_replication_unreachable_majority_timeout is 0, want 1 to 3600; write it into [mysqld]",
  ],
  [
    "group_replication_member_expel_timeout = 0",
    "group_replication_member_expel_timeout = 60",
    "group_replication_member_expel_timeout is 60, want 0 to 5; write it into [mysqld]",
  ],
  [
    "group_replication_exit_state_action = OFFLINE_MODE",
    "group_replication_exit_state_action = READ_ONLY",
    "group_replication_exit_state_action is READ_ONLY, want OFFLINE_MODE or ABORT_SERVER; write it into [mysqld]",
  ],
  [
    "group_replication_start_on_boot = ON",
    "group_replication_start_on_boot = OFF",
    "group_replication_start_on_boot is OFF, want ON, or a program in user data that starts the group; write it into [mysqld]",
  ],
  [
    "group_replication_autorejoin_tries = 3",
    "group_replication_autorejoin_tries = 0",
    "group_replication_autorejoin_tries is 0, want 1 to 2016; write it into [mysqld]",
  ],
  [
    /group_replication_group_name = .*/,
    "group_replication_group_name = 00000000-0000-4000-8000-000000000000",
    "group_replication_group_name is 00000000-0000-4000-8000-000000000000, want 5f0a2b7e-7c1d-4f43-9d8e-3f2f9b1c0a55 as on db-1; correct it",
  ],
  [
    ",db-3.foobar.internal:33061",
    "",
    "group_replication_group_seeds lacks db-3.foobar.internal:33061, want the address of every member; correct it",
  ],
  [
    ",db-3.foobar.internal:33061",
    ",db-3.foobar.internal:33061,db-9.foobar.internal:33061",
    "group_replication_group_seeds names db-9.foobar.internal:33061, want addresses of members only; correct it",
  ],
  [
    "plugin_load_add = group_replication.so\n",
    "",
    "plugin_load_add does not load it, want group_replication.so among them; write it into [mysqld]",
  ],
])("finds %p as %j on one member", (from, to, found) => {
  const site = goodSite().edit("db-2", MYSQL, from, to);
  expect(messages(rule, site)).toEqual([`db-2: ${found}`]);
});

it("accepts a program that joins the group in place of mysqld itself", () => {
  const site = goodSite()
    .edit("db-2", MYSQL, "group_replication_start_on_boot = ON", "group_replication_start_on_boot = OFF")
    .write("db-2", "/usr/local/sbin/group", "mysql -e 'START GROUP_REPLICATION'\n");
  expect(messages(rule, site)).toEqual([]);
});

it("finds an even group", () => {
  expect(messages(rule, goodSite({ databases: 4, zones: 4 }))).toEqual([
    "the group has 4 members (db-1, db-2, db-3, db-4), want 3, 5, 7 or 9, so that one loss leaves a majority; add or remove one",
  ]);
});

it("finds a zone that holds the majority", () => {
  const site = goodSite();
  site.change("db-2-instance", { subnetId: site.get("db-1-instance", "subnetId") });
  expect(messages(rule, site)).toEqual([
    "zone eu-west-1a holds db-1, db-2: its loss leaves 1 of 3 members, want 2; spread them over more zones",
  ]);
});

it("finds a web host whose write address does not know a member", () => {
  const site = goodSite()
    .edit("web-2", HAPROXY, /(listen writes[^]*?) {4}server db-3 .*\n/, "$1")
    .edit("web-2", HAPROXY, / {4}server db-3-primary .*\n/, "");
  expect(check(rule, site).findings).toEqual([
    {
      kind: "violation",
      urn: expect.stringMatching(/::web-2-instance$/) as string,
      message: "web-2: its write address does not know db-3, want every member; add a server line for it",
      flaw: "one-writable-database",
    },
  ]);
});

it("finds a write address that only opens connections instead of asking for the role", () => {
  const site = goodSite().edit("web-1", HAPROXY, /(listen writes[^]*?) {4}option httpchk .*\n/, "$1");
  expect(messages(rule, site)).toEqual(
    ["db-1", "db-2", "db-3"].map(
      (name) =>
        `web-1: server ${name} of writes is not asked for its role, want a health check of its role; set "option httpchk" and "check" with the role's port`,
    ),
  );
});

it("says what nobody can know", () => {
  const site = goodSite().change("db-1-instance", { userDataBase64: unknownValue });
  expect(check(rule, site).findings).toEqual([
    {
      kind: "unknown",
      urn: expect.stringMatching(/::db-1-instance$/) as string,
      message:
        "unknown: userDataBase64; without it nobody can tell whether db-1-instance can take over the writes",
      flaw: "one-writable-database",
    },
  ]);
});

it("says that nobody can know where a web host writes whose HAProxy cannot be read", () => {
  const site = goodSite().edit("web-2", HAPROXY, /(listen writes[^]*?) {4}server db-3 .*\n/, "$1");
  expect(messages(rule, site)).toEqual([
    expect.stringMatching(
      /^unknown: \/etc\/haproxy\/haproxy.cfg:\d+: .* writes\/db-3; without it nobody can tell which databases web-2 writes to$/,
    ),
  ]);
});
