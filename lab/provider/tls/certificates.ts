/** The tls package's certificates and requests. */
import { load } from "../load";
import type { ResourceType } from "../resource";
import { count, flag, list, object, text, type Rule } from "../rules";
import type { Properties } from "../values";
import { allowedUses } from "./uses";
import type * as X509 from "./x509";

const x509 = (): typeof X509 => load("./tls/x509");
const replaces = { replaces: true };
const texts = list(text(), replaces);
const pem: Rule = text({
  ...replaces,
  required: true,
  pattern: /^\s*-----BEGIN [A-Z0-9 ]+-----/,
  want: "PEM text",
});
const subject = object(
  {
    commonName: text(),
    country: text(),
    locality: text(),
    organization: text(),
    organizationalUnit: text(),
    postalCode: text(),
    province: text(),
    serialNumber: text(),
    streetAddresses: list(text()),
  },
  replaces,
);
const names = { dnsNames: texts, ipAddresses: texts, uris: texts, subject };
const validity = {
  allowedUses: list(text({ oneOf: allowedUses }), { required: true, replaces: true }),
  validityPeriodHours: count({ required: true, replaces: true, min: 0 }),
  earlyRenewalHours: count({ default: 0, min: 0 }),
  isCaCertificate: flag({ default: false, ...replaces }),
  setSubjectKeyId: flag({ default: false, ...replaces }),
  maxPathLength: count({ min: -1, ...replaces }),
};

/** Due when less than the early-renewal time is left: the next deployment makes a new one. */
function isDue(state: Properties, earlyHours: unknown): boolean {
  const end = Date.parse(String(state.validityEndTime));
  return Number.isFinite(end) && Date.now() >= end - Number(earlyHours ?? 0) * 3_600_000;
}
const whenDue = (_olds: Properties, news: Properties, state: Properties): string[] =>
  isDue(state, news.earlyRenewalHours) ? ["readyForRenewal"] : [];

const issued = ["certPem", "keyAlgorithm", "readyForRenewal", "validityStartTime", "validityEndTime"];

const selfSigned: ResourceType = {
  token: "tls:index/selfSignedCert:SelfSignedCert",
  inputs: {
    privateKeyPem: pem,
    ...names,
    ...validity,
    setAuthorityKeyId: flag({ default: false, ...replaces }),
  },
  computed: issued,
  replaces: whenDue,
  secretOutputs: ["privateKeyPem"],
  backend: {
    create: (inputs) => x509().selfSign(inputs),
    update: (_id, inputs, state) =>
      Promise.resolve({ readyForRenewal: isDue(state, inputs.earlyRenewalHours) }),
  },
};

const request: ResourceType = {
  token: "tls:index/certRequest:CertRequest",
  inputs: { privateKeyPem: pem, ...names },
  computed: ["certRequestPem", "keyAlgorithm"],
  secretOutputs: ["privateKeyPem"],
  backend: { create: (inputs) => x509().makeRequest(inputs) },
};

const locallySigned: ResourceType = {
  token: "tls:index/locallySignedCert:LocallySignedCert",
  inputs: { certRequestPem: pem, caPrivateKeyPem: pem, caCertPem: pem, ...validity },
  computed: [...issued, "caKeyAlgorithm"],
  replaces: whenDue,
  secretOutputs: ["caPrivateKeyPem"],
  backend: {
    create: (inputs) => x509().signRequest(inputs),
    update: (_id, inputs, state) =>
      Promise.resolve({ readyForRenewal: isDue(state, inputs.earlyRenewalHours) }),
  },
};

export const types: readonly ResourceType[] = [selfSigned, request, locallySigned];
