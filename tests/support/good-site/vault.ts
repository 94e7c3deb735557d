import { DOMAIN, SITE_NAME, type Ground, type HostPlan, type Plan, type Tier } from "./plan";

/** Which secrets the hosts of each tier read, below `foobar/prod/`. */
export function secretsOf(plan: Plan): Record<Tier, string[]> {
  const own = (hosts: HostPlan[]) => hosts.map(({ name }) => `tls/${name}`);
  const all = ["tls/ca", "datadog/api-key"];
  return {
    edge: [...all, "tls/site", ...own(plan.loadBalancers)],
    web: [...all, "mysql/app", ...own(plan.webServers)],
    data: [...all, "mysql/app", "mysql/replication", "mysql/keyring", ...own(plan.databases)],
  };
}

/** A certificate authority, a certificate for the site and for every host, and all secrets, under the site's key. */
export function addVault({ stack, plan, key }: Ground): void {
  const privateKey = (owner: string) =>
    stack.add("tls:index/privateKey:PrivateKey", `certificates-${owner}-key`, {
      algorithm: "ECDSA",
      ecdsaCurve: "P256",
    });
  const authorityKey = privateKey("ca");
  const authority = stack.add("tls:index/selfSignedCert:SelfSignedCert", "certificates-ca", {
    privateKeyPem: authorityKey,
    subject: { commonName: "foobar prod CA" },
    isCaCertificate: true,
    allowedUses: ["cert_signing", "crl_signing"],
    setSubjectKeyId: true,
    setAuthorityKeyId: true,
    validityPeriodHours: 87600,
    earlyRenewalHours: 1440,
  });
  const issue = (owner: string, dnsNames: string[], uses: string[]) => {
    const ownKey = privateKey(owner);
    const request = stack.add("tls:index/certRequest:CertRequest", `certificates-${owner}-request`, {
      privateKeyPem: ownKey,
      subject: { commonName: dnsNames[0] },
      dnsNames,
    });
    return stack.add("tls:index/locallySignedCert:LocallySignedCert", `certificates-${owner}`, {
      certRequestPem: request,
      caPrivateKeyPem: authorityKey,
      caCertPem: authority,
      allowedUses: ["digital_signature", ...uses],
      setSubjectKeyId: true,
      validityPeriodHours: 8760,
      earlyRenewalHours: 1440,
    });
  };
  const values: Record<string, unknown> = {
    "tls/ca": authority,
    "tls/site": issue("site", [SITE_NAME, "foobar.com"], ["server_auth"]),
  };
  for (const { name } of [...plan.loadBalancers, ...plan.webServers, ...plan.databases])
    values[`tls/${name}`] = issue(name, [`${name}.${DOMAIN}`], ["server_auth", "client_auth"]);
  for (const path of ["mysql/app", "mysql/replication", "mysql/keyring"])
    values[path] = stack.add("random:index/randomPassword:RandomPassword", path.replace("/", "-"), {
      length: 32,
      special: false,
    });
  values["datadog/api-key"] = "[secret]";

  for (const [path, value] of Object.entries(values)) {
    const name = `vault-${path.replaceAll("/", "-")}`;
    const secret = stack.add("aws:secretsmanager/secret:Secret", name, {
      name: `foobar/prod/${path}`,
      kmsKeyId: key,
      recoveryWindowInDays: 30,
    });
    stack.add("aws:secretsmanager/secretVersion:SecretVersion", `${name}-value`, {
      secretId: secret,
      secretString: value,
    });
  }
}
