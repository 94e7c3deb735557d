import { A, B, C, HAPROXY, move, MYSQL, removeHost, type Mutation } from "./mutation";

const SPOF = "no-single-point-of-failure";
const FAIL_OVER = "database-writes-fail-over";
const DURABLE = "database-durable";

/** What is there once only, and databases that cannot take over or that forget. */
export const redundancyMutations: Mutation[] = [
  { fault: "a load balancer that is gone", break: (site) => removeHost(site, "lb-2"), caughtBy: SPOF },
  {
    fault: "both load balancers in one zone",
    break: (site) => move(site, "lb-2", "edge", A),
    caughtBy: SPOF,
  },
  {
    fault: "all web servers in one zone",
    break: (site) => {
      move(site, "web-2", "web", A);
      move(site, "web-3", "web", A);
    },
    caughtBy: SPOF,
  },
  {
    fault: "the way out of two zones through the NAT gateway of the first",
    break: (site) =>
      site
        .change(`network-${B}-default`, { natGatewayId: site.ref(`network-nat-${A}`) })
        .change(`network-${C}-default`, { natGatewayId: site.ref(`network-nat-${A}`) }),
    caughtBy: SPOF,
  },
  {
    fault: "an NLB that knows one load balancer only",
    break: (site) => site.remove("entrance-443-lb-2"),
    caughtBy: SPOF,
  },
  {
    fault: "an NLB in one zone",
    break: (site) => site.change("entrance-balancer", { subnets: [site.ref(`network-public-${A}`)] }),
    caughtBy: SPOF,
  },
  {
    fault: "load balancers that all know web-1 only",
    break: (site) => {
      for (const host of ["lb-1", "lb-2"]) site.edit(host, HAPROXY, /^ {4}server web-[23] .*\n/gm, "");
    },
    caughtBy: SPOF,
  },
  {
    fault: "the majority of the databases in one zone",
    break: (site) => move(site, "db-2", "data", A),
    caughtBy: [SPOF, FAIL_OVER],
    why: "the zone is a single point of failure, and of the group it takes the majority that elects",
  },
  {
    fault: "a group of two",
    break: (site) => {
      removeHost(site, "db-3");
      for (const host of ["db-1", "db-2"]) site.edit(host, MYSQL, ",db-3.foobar.internal:33061", "");
    },
    caughtBy: [SPOF, FAIL_OVER],
    why: "two members have no majority when one is lost, so each of them is a single point of failure",
  },
  {
    fault: "a member that founds a group of its own at every start",
    break: (site) => site.edit("db-1", MYSQL, "bootstrap_group = OFF", "bootstrap_group = ON"),
    caughtBy: FAIL_OVER,
  },
  {
    fault: "a member that waits an hour for one that is gone",
    break: (site) => site.edit("db-1", MYSQL, "expel_timeout = 0", "expel_timeout = 3600"),
    caughtBy: FAIL_OVER,
  },
  {
    fault: "a group in which everybody writes",
    break: (site) => site.edit("db-2", MYSQL, "single_primary_mode = ON", "single_primary_mode = OFF"),
    caughtBy: FAIL_OVER,
  },
  {
    fault: "a minority that waits for ever",
    break: (site) => site.edit("db-2", MYSQL, "majority_timeout = 10", "majority_timeout = 0"),
    caughtBy: FAIL_OVER,
  },
  {
    fault: "a member of another group",
    break: (site) =>
      site.edit(
        "db-3",
        MYSQL,
        /(group_replication_group_name = )\S+/,
        "$19d4e1a62-0b3c-4c58-8a9f-51c1f0d7e2b4",
      ),
    caughtBy: FAIL_OVER,
  },
  {
    fault: "a write address that asks only whether a port is open",
    break: (site) =>
      site.edit("web-1", HAPROXY, /(listen writes\n.*\n) *option httpchk.*\n *http-check expect.*\n/, "$1"),
    caughtBy: [FAIL_OVER, "health-checks-see-the-application"],
    why: "an open port says neither which member takes writes nor whether it is in good order",
  },
  {
    fault: "a write address that does not know db-3",
    break: (site) =>
      site
        .edit("web-2", HAPROXY, /(listen writes[^]*?) {4}server db-3 .*\n/, "$1")
        .edit("web-2", HAPROXY, /^ {4}server db-3-primary .*\n/m, ""),
    caughtBy: FAIL_OVER,
  },
  {
    fault: "a binary log that is not synced",
    break: (site) => site.edit("db-1", MYSQL, "sync_binlog = 1", "sync_binlog = 0"),
    caughtBy: DURABLE,
  },
  {
    fault: "a redo log that is flushed every second",
    break: (site) => site.edit("db-2", MYSQL, "log_at_trx_commit = 1", "log_at_trx_commit = 2"),
    caughtBy: DURABLE,
  },
  {
    fault: "a group that is consistent some time",
    break: (site) =>
      site.edit("db-3", MYSQL, "consistency = BEFORE_ON_PRIMARY_FAILOVER", "consistency = EVENTUAL"),
    caughtBy: DURABLE,
  },
  {
    fault: "a server without GTIDs",
    break: (site) => site.edit("db-3", MYSQL, /^gtid_mode = ON/m, "gtid_mode = OFF"),
    caughtBy: DURABLE,
  },
  {
    fault: "a member that starts writable",
    break: (site) => site.edit("db-2", MYSQL, "super_read_only = ON", "super_read_only = OFF"),
    caughtBy: DURABLE,
  },
];
