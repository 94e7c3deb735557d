/**
 * Mozilla's intermediate guideline 6.0 ("Server Side TLS"), for whoever ends clients' TLS: TLS 1.2 and 1.3, forward
 * secrecy only, the client's order of ciphers. Lists as OpenSSL takes them.
 */
export const CLIENT_CIPHERS = [
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
].join(":");
export const SUITES = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
/** The first one needs OpenSSL 3.5, as Debian 13 has it. */
export const CURVES = "X25519MLKEM768:X25519:prime256v1:secp384r1";
/** Two years, as the guideline has it. */
export const HSTS = "max-age=63072000";

/** What a client may not say about itself: whoever ends its TLS removes it before it adds its own. */
export const CLIENT_CLAIMS = [
  "Forwarded",
  "X-Forwarded-For",
  "X-Forwarded-Host",
  "X-Forwarded-Port",
  "X-Forwarded-Prefix",
  "X-Forwarded-Proto",
  "X-Forwarded-Server",
  "X-Forwarded-Ssl",
  "X-Real-IP",
  "X-Request-ID",
];
