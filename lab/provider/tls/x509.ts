/** Makes X.509 certificates and requests. */
import "reflect-metadata";
import { createPrivateKey, createPublicKey, randomBytes, webcrypto, type KeyObject } from "node:crypto";
import * as x509 from "@peculiar/x509";
import type { Existing } from "../resource";
import type { Properties } from "../values";
import { extendedUses, keyUsageBits } from "./uses";

x509.cryptoProvider.set(webcrypto as unknown as Crypto);

interface Algorithm {
  name: string;
  hash: string;
  namedCurve?: string;
}

/** How keys of this kind sign, and the tls package's name for them. */
function algorithmOf(key: KeyObject): { label: string; signing: Algorithm } {
  if (key.asymmetricKeyType === "rsa")
    return { label: "RSA", signing: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" } };
  if (key.asymmetricKeyType === "ed25519")
    return { label: "ED25519", signing: { name: "Ed25519", hash: "SHA-512" } };
  const curve = { prime256v1: "P-256", secp384r1: "P-384", secp521r1: "P-521" }[
    key.asymmetricKeyDetails?.namedCurve ?? ""
  ];
  if (curve === undefined)
    throw new Error(
      `privateKeyPem: want RSA, Ed25519 or an ECDSA key on P256, P384 or P521, got ${key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType}; make another key`,
    );
  return {
    label: "ECDSA",
    signing: {
      name: "ECDSA",
      namedCurve: curve,
      hash: curve === "P-256" ? "SHA-256" : curve === "P-384" ? "SHA-384" : "SHA-512",
    },
  };
}

interface Keys {
  label: string;
  signing: Algorithm;
  pair: CryptoKeyPair;
}

/** Reads a PEM private key of any usual form. */
async function keysFrom(pem: string): Promise<Keys> {
  const key = createPrivateKey(pem);
  const { label, signing } = algorithmOf(key);
  const { subtle } = webcrypto;
  const privateKey = await subtle.importKey(
    "pkcs8",
    key.export({ type: "pkcs8", format: "der" }),
    signing,
    true,
    ["sign"],
  );
  const publicKey = await subtle.importKey(
    "spki",
    createPublicKey(key).export({ type: "spki", format: "der" }),
    signing,
    true,
    ["verify"],
  );
  return { label, signing, pair: { privateKey, publicKey } };
}

const attributes: readonly [string, string][] = [
  ["country", "C"],
  ["province", "ST"],
  ["locality", "L"],
  ["streetAddresses", "2.5.4.9"],
  ["postalCode", "2.5.4.17"],
  ["organization", "O"],
  ["organizationalUnit", "OU"],
  ["commonName", "CN"],
  ["serialNumber", "2.5.4.5"],
];

function subjectOf(given: unknown): x509.JsonName {
  const values = (given ?? {}) as Record<string, string | string[] | undefined>;
  return attributes.flatMap(([name, type]) =>
    [values[name] ?? []].flat().map((value) => ({ [type]: [value] })),
  );
}

function alternativeNames({ dnsNames, ipAddresses, uris }: Properties): x509.Extension[] {
  const of = (type: "dns" | "ip" | "url", values: unknown): x509.JsonGeneralName[] =>
    ((values as string[] | undefined) ?? []).map((value) => ({ type, value }));
  const all = [...of("dns", dnsNames), ...of("ip", ipAddresses), ...of("url", uris)];
  return all.length > 0 ? [new x509.SubjectAlternativeNameExtension(all)] : [];
}

async function usageExtensions(inputs: Properties, subjectKey: CryptoKey): Promise<x509.Extension[]> {
  const uses = inputs.allowedUses as string[];
  const bits = uses.reduce((sum, use) => sum | (keyUsageBits[use] ?? 0), 0);
  const extended = uses.filter((use) => use in extendedUses).map((use) => extendedUses[use]);
  const isCa = inputs.isCaCertificate === true;
  const depth = inputs.maxPathLength as number | undefined;
  return [
    ...(bits > 0 ? [new x509.KeyUsagesExtension(bits, true)] : []),
    ...(extended.length > 0 ? [new x509.ExtendedKeyUsageExtension(extended)] : []),
    new x509.BasicConstraintsExtension(
      isCa,
      isCa && depth !== undefined && depth >= 0 ? depth : undefined,
      true,
    ),
    ...(isCa || inputs.setSubjectKeyId === true
      ? [await x509.SubjectKeyIdentifierExtension.create(subjectKey)]
      : []),
  ];
}

/** The authority key id is the issuer's subject key id, or is left out when the issuer has none. */
function authorityKeyId(issuer: x509.X509Certificate): x509.Extension[] {
  const id = issuer.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId;
  return id === undefined ? [] : [new x509.AuthorityKeyIdentifierExtension(id)];
}

const hours = (value: unknown): number => Number(value ?? 0) * 3_600_000;

/** 128 random bits, positive. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] &= 0x7f;
  return bytes.toString("hex");
}

function issuedAs(certificate: x509.X509Certificate, label: string, inputs: Properties): Existing {
  const end = certificate.notAfter.getTime();
  return {
    id: BigInt(`0x${certificate.serialNumber}`).toString(),
    outputs: {
      certPem: `${certificate.toString("pem")}\n`,
      keyAlgorithm: label,
      validityStartTime: certificate.notBefore.toISOString(),
      validityEndTime: certificate.notAfter.toISOString(),
      readyForRenewal: Date.now() >= end - hours(inputs.earlyRenewalHours),
    },
  };
}

/** From now on (whole seconds, as X.509 has no others) for the wanted time. */
function period(inputs: Properties): { notBefore: Date; notAfter: Date } {
  const start = Math.floor(Date.now() / 1000) * 1000;
  return { notBefore: new Date(start), notAfter: new Date(start + hours(inputs.validityPeriodHours)) };
}

/** A certificate signed by its own key. */
export async function selfSign(inputs: Properties): Promise<Existing> {
  const { label, signing, pair } = await keysFrom(inputs.privateKeyPem as string);
  const name = subjectOf(inputs.subject);
  const extensions = [...(await usageExtensions(inputs, pair.publicKey)), ...alternativeNames(inputs)];
  const subjectKeyId = extensions.find(
    (one): one is x509.SubjectKeyIdentifierExtension => one instanceof x509.SubjectKeyIdentifierExtension,
  );
  if (inputs.setAuthorityKeyId === true) {
    const id = subjectKeyId ?? (await x509.SubjectKeyIdentifierExtension.create(pair.publicKey));
    extensions.push(new x509.AuthorityKeyIdentifierExtension(id.keyId));
  }
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: name,
    issuer: name,
    ...period(inputs),
    signingAlgorithm: signing,
    publicKey: pair.publicKey,
    signingKey: pair.privateKey,
    extensions,
  });
  return issuedAs(certificate, label, inputs);
}

/** A request to be signed. */
export async function makeRequest(inputs: Properties): Promise<Existing> {
  const { label, signing, pair } = await keysFrom(inputs.privateKeyPem as string);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: subjectOf(inputs.subject),
    keys: pair,
    signingAlgorithm: signing,
    extensions: alternativeNames(inputs),
  });
  const pem = `${request.toString("pem")}\n`;
  const digest = await webcrypto.subtle.digest("SHA-1", Buffer.from(pem));
  return { id: Buffer.from(digest).toString("hex"), outputs: { certRequestPem: pem, keyAlgorithm: label } };
}

/** A certificate for a request, signed by a CA's key. Throws when the request's own signature does not hold. */
export async function signRequest(inputs: Properties): Promise<Existing> {
  const request = new x509.Pkcs10CertificateRequest(inputs.certRequestPem as string);
  if (!(await request.verify()))
    throw new Error(
      "certRequestPem: want a request signed by its own key, got another signature; make the request again",
    );
  const issuer = new x509.X509Certificate(inputs.caCertPem as string);
  const ca = await keysFrom(inputs.caPrivateKeyPem as string);
  const subjectKey = await request.publicKey.export();
  const names = request.getExtension("2.5.29.17");
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: request.subjectName.toJSON(),
    issuer: issuer.subjectName.toJSON(),
    ...period(inputs),
    signingAlgorithm: ca.signing,
    publicKey: subjectKey,
    signingKey: ca.pair.privateKey,
    extensions: [
      ...(await usageExtensions(inputs, subjectKey)),
      ...authorityKeyId(issuer),
      ...(names ? [names] : []),
    ],
  });
  const { label } = algorithmOf(createPublicKey(request.publicKey.toString("pem")));
  const made = issuedAs(certificate, label, inputs);
  return { id: made.id, outputs: { ...made.outputs, caKeyAlgorithm: ca.label } };
}
