import type { Rule } from "../rule";
import { agentOverheadBudgeted } from "./agent-overhead-budgeted";
import { alertsActionable } from "./alerts-actionable";
import { backupsRestorable } from "./backups-restorable";
import { databaseDurable } from "./database-durable";
import { databaseWritesFailOver } from "./database-writes-fail-over";
import { diverseVersions } from "./diverse-versions";
import { drainingKeepsConnections } from "./draining-keeps-connections";
import { encryptedAtRest } from "./encrypted-at-rest";
import { firewallDefaultDeny } from "./firewall-default-deny";
import { firewallEnforcedTwice } from "./firewall-enforced-twice";
import { healthChecksSeeTheApplication } from "./health-checks-see-the-application";
import { instanceMetadataV2 } from "./instance-metadata-v2";
import { leastPrivilegeRoles } from "./least-privilege-roles";
import { logsCentralised } from "./logs-centralised";
import { nlbChecksSpeakTlsOfTargets } from "./nlb-checks-speak-tls-of-targets";
import { noPublicDataTier } from "./no-public-data-tier";
import { noSecretInUserData } from "./no-secret-in-user-data";
import { noSinglePointOfFailure } from "./no-single-point-of-failure";
import { proxyProtocolOnBothSides } from "./proxy-protocol-on-both-sides";
import { readinessGated } from "./readiness-gated";
import { timeoutsNested } from "./timeouts-nested";
import { tlsEndToEnd } from "./tls-end-to-end";
import { tlsModern } from "./tls-modern";
import { wafInPath } from "./waf-in-path";
import { weightsMatchCapacity } from "./weights-match-capacity";
import { zonesOfLoadBalancerHaveTargets } from "./zones-of-load-balancer-have-targets";

/** Every rule of the pack, in the order in which they are told. */
export const RULES: readonly Rule[] = [
  agentOverheadBudgeted,
  alertsActionable,
  backupsRestorable,
  databaseDurable,
  databaseWritesFailOver,
  diverseVersions,
  drainingKeepsConnections,
  encryptedAtRest,
  firewallDefaultDeny,
  firewallEnforcedTwice,
  healthChecksSeeTheApplication,
  instanceMetadataV2,
  leastPrivilegeRoles,
  logsCentralised,
  nlbChecksSpeakTlsOfTargets,
  noPublicDataTier,
  noSecretInUserData,
  noSinglePointOfFailure,
  proxyProtocolOnBothSides,
  readinessGated,
  timeoutsNested,
  tlsEndToEnd,
  tlsModern,
  wafInPath,
  weightsMatchCapacity,
  zonesOfLoadBalancerHaveTargets,
];
