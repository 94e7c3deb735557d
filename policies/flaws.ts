/** The known flaws of the classic diagram, in its owner's words. `baseline` has them all; the policies say so. */
export const FLAWS = {
  "single-firewalls": "each firewall is single",
  "one-load-balancer": "one load balancer = single point of failure",
  "tls-ends-at-load-balancer": "TLS ends at the load balancer, plain HTTP inside",
  "one-writable-database": "one primary = single point of failure for writes",
  "no-waf": "no web application firewall",
  "not-encrypted-at-rest": "nothing is encrypted at rest",
  "no-central-logs": "no central logs",
  "alert-fatigue": "alerts are noise",
  "agents-unaccounted": "what the agents cost is unaccounted",
  "identical-components": "identical components everywhere",
} as const;

export type FlawId = keyof typeof FLAWS;
