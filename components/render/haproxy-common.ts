/**
 * The VPC's resolver under the address that it has in every VPC (VPC user guide, "Amazon DNS"). Asked directly: a
 * stub resolver on the host would add its own cache to the record's lifetime.
 */
export const VPC_RESOLVER = "169.254.169.253";

/**
 * Seconds that records of hosts may be cached. A host that leaves waits this long, and HAProxy's own interval, before
 * it stops serving, so that nobody still goes to its old address.
 */
export const HOST_RECORD_TTL_SEC = 5;

/** `resolvers vpc`: every second, so that a host's new address is in use one record lifetime after the change. */
export function resolversSection(): string {
  return `resolvers vpc
    nameserver vpc ${VPC_RESOLVER}:53
    # Default 512 bytes; larger answers would be cut.
    accepted_payload_size 4096
    resolve_retries 3
    timeout resolve 1s
    timeout retry 500ms
    hold valid 1s
    # A resolver that is silent or wrong for a while takes no server away.
    hold obsolete 30s
    hold nx 30s
    hold timeout 30s
    hold refused 30s
    hold other 30s
`;
}

/** The page for Prometheus and for people, reachable from the host itself only. */
export function statsFrontend(port: number): string {
  return `frontend stats
    bind 127.0.0.1:${port}
    mode http
    # Being scraped is no event.
    option dontlog-normal
    http-request use-service prometheus-exporter if { path /metrics }
    stats enable
    stats uri /stats
    stats refresh 10s
`;
}
