import * as pulumi from "@pulumi/pulumi";
import { Certificates, certificateSecrets } from "../../components/certificates";
import { Vault } from "../../components/vault";
import { isSecret, mockCloud } from "../support/mocks";

const args = { siteNames: ["www.foobar.com", "foobar.com"], hosts: ["db-1"], domain: "foobar.internal" };

test("is a CA, and key, request and certificate for the site and for each host", async () => {
  const cloud = await mockCloud();
  new Certificates("certificates", args);
  await cloud.settled();
  expect(cloud.children("certificates")).toEqual([
    "tls:index/certRequest:CertRequest certificates-db-1-request",
    "tls:index/certRequest:CertRequest certificates-site-request",
    "tls:index/locallySignedCert:LocallySignedCert certificates-db-1",
    "tls:index/locallySignedCert:LocallySignedCert certificates-site",
    "tls:index/privateKey:PrivateKey certificates-ca-key",
    "tls:index/privateKey:PrivateKey certificates-db-1-key",
    "tls:index/privateKey:PrivateKey certificates-site-key",
    "tls:index/selfSignedCert:SelfSignedCert certificates-ca",
  ]);
});

test("issues for exactly the names asked for, within the 366 days that verifiers accept, and renews before", async () => {
  const cloud = await mockCloud();
  new Certificates("certificates", args);
  await cloud.settled();
  expect(cloud.named("certificates-site-request").inputs.dnsNames).toEqual(["www.foobar.com", "foobar.com"]);
  expect(cloud.named("certificates-db-1-request").inputs.dnsNames).toEqual(["db-1.foobar.internal"]);
  const { validityPeriodHours, earlyRenewalHours } = cloud.named("certificates-site").inputs;
  expect(validityPeriodHours as number).toBeLessThanOrEqual(366 * 24);
  expect(earlyRenewalHours as number).toBeGreaterThan(0);
});

test("makes a CA that strict verifiers take", async () => {
  const cloud = await mockCloud();
  new Certificates("certificates", args);
  await cloud.settled();
  expect(cloud.named("certificates-ca").inputs).toMatchObject({
    isCaCertificate: true,
    allowedUses: ["cert_signing", "crl_signing"],
    setSubjectKeyId: true,
    setAuthorityKeyId: true,
  });
});

test("keeps private keys secret on their way into the vault, and hands out the CA's certificate only", async () => {
  const cloud = await mockCloud();
  const certificates = new Certificates("certificates", args);
  const secrets = certificateSecrets(certificates);
  expect(Object.keys(secrets)).toEqual(["tls/ca", "tls/site", "tls/db-1"]);
  new Vault("vault", { prefix: "p", keyArn: "k", recoveryDays: 0, secrets });
  await cloud.settled();
  const stored = cloud.named("vault-tls-site-value").inputs.secretString as { value: string };
  expect(isSecret(stored)).toBe(true);
  expect(JSON.parse(stored.value)).toEqual({
    certificate: "certificate of certificates-site",
    privateKey: "private key of certificates-site-key",
    chain: "certificate of certificates-ca",
  });
  await expect(pulumi.isSecret(certificates.site.privateKey)).resolves.toBe(true);
});
