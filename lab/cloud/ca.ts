/** The lab's own certificate authority, under which its AWS API has AWS's names. Made new for every lab. */
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import * as x509 from "@peculiar/x509";
import { files } from "./files";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
/** A lab lives for days; a certificate for a year. */
const validMs = 365 * 24 * 3600 * 1000;

const regions = [
  "us-east-1",
  "us-east-2",
  "us-west-1",
  "us-west-2",
  "ca-central-1",
  "sa-east-1",
  "eu-west-1",
  "eu-west-2",
  "eu-west-3",
  "eu-central-1",
  "eu-central-2",
  "eu-north-1",
  "eu-south-1",
  "ap-south-1",
  "ap-southeast-1",
  "ap-southeast-2",
  "ap-northeast-1",
  "ap-northeast-2",
  "ap-northeast-3",
];

/** Names that the AWS API answers to. A wildcard stands for one label, so each region has its own. */
export const awsNames = [
  "*.amazonaws.com",
  "*.s3.amazonaws.com",
  ...regions.flatMap((region) => [`*.${region}.amazonaws.com`, `*.s3.${region}.amazonaws.com`]),
];

async function pemOf(key: CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");
}

function keep(path: string, text: string, mode: number): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(`${path}.new`, text, { mode });
  renameSync(`${path}.new`, path);
}

/**
 * Makes the authority and the API's certificate, unless they are there; gives the authority's certificate as PEM.
 * The authority's key is forgotten at once: nothing else can ever be signed with it.
 */
export async function ensureCloudCa(): Promise<string> {
  if ([files.ca(), files.awsCertificate(), files.awsKey()].every((file) => existsSync(file)))
    return readFileSync(files.ca(), "utf8");
  x509.cryptoProvider.set(webcrypto as unknown as Crypto);
  const make = (): Promise<CryptoKeyPair> =>
    webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const [authority, server] = await Promise.all([make(), make()]);
  const period = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + validMs) };
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=lab cloud CA",
    keys: authority,
    signingAlgorithm: algorithm,
    ...period,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(authority.publicKey),
    ],
  });
  const certificate = await x509.X509CertificateGenerator.create({
    subject: "CN=amazonaws.com",
    issuer: ca.subject,
    publicKey: server.publicKey,
    signingKey: authority.privateKey,
    signingAlgorithm: algorithm,
    ...period,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(awsNames.map((value) => ({ type: "dns" as const, value }))),
      await x509.AuthorityKeyIdentifierExtension.create(authority.publicKey),
      await x509.SubjectKeyIdentifierExtension.create(server.publicKey),
    ],
  });
  keep(files.awsKey(), await pemOf(server.privateKey), 0o600);
  keep(files.awsCertificate(), `${certificate.toString("pem")}\n`, 0o600);
  keep(files.ca(), `${ca.toString("pem")}\n`, 0o644);
  return readFileSync(files.ca(), "utf8");
}
