/** Pure text: everything that hosts are told, from plain data. No Pulumi here, so a test needs neither cloud nor mocks. */
export { encodeUserData, MAX_USER_DATA_BYTES } from "./cloud-init";
export { databaseUserData, type DatabaseHost } from "./database-host";
export { HOST_RECORD_TTL_SEC } from "./haproxy-common";
export type { HostCommon } from "./host";
export { listeningPorts, type ListeningPort, type Peer, type Tier } from "./ports";
export { loadBalancerUserData, webServerUserData, type LoadBalancerHost, type WebServerHost } from "./tiers";
