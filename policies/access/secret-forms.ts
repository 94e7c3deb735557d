/** Secrets that can be told by their form alone: their makers gave them one so that they can be found. */
export interface SecretForm {
  /** With its article, for people. */
  name: string;
  /** The secret is its first group, or else all of it. */
  pattern: RegExp;
}

/** After the makers' own documentation; prefixes and lengths. */
export const FORMS: readonly SecretForm[] = [
  {
    name: "a private key",
    pattern: /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----/g,
  },
  { name: "an AWS access key ID", pattern: /\b((?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16})\b/g },
  { name: "a GitHub token", pattern: /\b(gh[oprsu]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{60,})\b/g },
  { name: "a GitLab token", pattern: /\b(gl(?:pat|dt|rt|ft|soat|cbt|ptt)-[A-Za-z0-9_-]{20,})/g },
  { name: "a Slack token", pattern: /\b(xox[abeoprs]-[A-Za-z0-9-]{10,})/g },
  { name: "a Slack webhook", pattern: /hooks\.slack\.com\/(?:services|workflows)\/([A-Za-z0-9/]{20,})/g },
  { name: "a Stripe key", pattern: /\b([rs]k_(?:live|test)_[A-Za-z0-9]{16,})\b/g },
  { name: "a Google API key", pattern: /\b(AIza[A-Za-z0-9_-]{35})/g },
  { name: "a SendGrid key", pattern: /\b(SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{32,})/g },
  { name: "an npm token", pattern: /\b(npm_[A-Za-z0-9]{36})\b/g },
  { name: "a PyPI token", pattern: /\b(pypi-[A-Za-z0-9_-]{50,})/g },
  { name: "a Docker Hub token", pattern: /\b(dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,})/g },
  { name: "a Grafana token", pattern: /\b(gl(?:sa|c)_[A-Za-z0-9_+/=]{32,})/g },
  { name: "a HashiCorp Vault token", pattern: /\b(hv[bsr]\.[A-Za-z0-9_-]{20,})/g },
  { name: "a Pulumi token", pattern: /\b(pul-[0-9a-f]{40})\b/g },
  { name: "a New Relic key", pattern: /\b(NR(?:AK|II|JS|BR)-[A-Za-z0-9]{19,})/g },
  { name: "a DigitalOcean token", pattern: /\b(do[opr]_v1_[0-9a-f]{64})\b/g },
  { name: "an age key", pattern: /\b(AGE-SECRET-KEY-1[0-9A-Z]{50,})\b/g },
  { name: "a JSON Web Token", pattern: /\b(eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,})/g },
  {
    name: "a password in a URL",
    pattern: /\b[a-z][a-z0-9+.-]*:\/\/[^\s:@/'"]*:([^\s:@/'"]+)@[A-Za-z0-9[]/gi,
  },
  {
    name: "a password in an HTTP header",
    pattern: /\bAuthorization:\s*(?:Basic|Bearer|Token)\s+([A-Za-z0-9+/=._~-]{8,})/gi,
  },
  { name: "a password in SQL", pattern: /\bIDENTIFIED(?:\s+WITH\s+\S+)?\s+(?:BY|AS)\s+'([^']+)'/gi },
  { name: "a password in the form of .netrc", pattern: /\bmachine\s+\S+\s+login\s+\S+\s+password\s+(\S+)/gi },
  { name: "a password of HAProxy's users", pattern: /^user\s+\S+\s+(?:insecure-)?password\s+(\S+)/g },
  { name: "a password for chpasswd", pattern: /echo\s+["']?[\w.-]+:([^\s"'|]+)["']?\s*\|\s*chpasswd/g },
  { name: "a password of MySQL's client", pattern: /\bmysql\w*\s(?:[^|;&]*\s)?-p([^\s"'-][^\s"']*)/g },
  {
    name: "a password of curl's",
    pattern: /\bcurl\s(?:[^|;&]*\s)?(?:-u|--user)[\s=]*["']?[^\s:"']+:([^\s"']+)/g,
  },
  // A hash can be tried against every word at home, where nobody counts the attempts (crypt(5)).
  { name: "the hash of a password", pattern: /(\$(?:1|2[abxy]|5|6|7|y|gy|argon2id?)\$[^\s'":]{16,})/g },
];
