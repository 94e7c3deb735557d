/** Pure text: everything that hosts are told, from plain data. No Pulumi here, so a test needs neither cloud nor mocks. */
export { encodeUserData, MAX_USER_DATA_BYTES } from "./cloud-init";
export {
  databaseUserData,
  membershipProblem,
  type DatabaseForm,
  type DatabaseHost,
  type DatabaseMembership,
} from "./database-host";
export { HOST_RECORD_TTL_SEC } from "./haproxy-common";
export type { HostCommon } from "./host";
export {
  LB_CHECK_PORT,
  listeningPorts,
  type ListeningPort,
  type Peer,
  type PortShape,
  type Tier,
} from "./ports";
export {
  databaseSecrets,
  loadBalancerSecrets,
  RATE_LIMIT_MOST,
  transportOf,
  transportsOf,
  webServerSecrets,
  type BalancerMode,
  type Entrance,
  type RateLimit,
  type Tls,
  type Transport,
  type WebServerProgram,
} from "./shape";
export { loadBalancerUserData, webServerUserData, type LoadBalancerHost, type WebServerHost } from "./tiers";
