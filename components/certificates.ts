import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

export interface CertificatesArgs {
  /** Names that the site's certificate is for; the first is its subject. */
  siteNames: string[];
  /** Hosts that speak TLS inside, by their short names; each gets a certificate for its name in `domain`. */
  hosts: string[];
  /** The private zone. */
  domain: string;
}

/** A certificate and what belongs to it, all PEM. */
export interface Issued {
  certificate: pulumi.Output<string>;
  /** Secret. */
  privateKey: pulumi.Output<string>;
}

/** Ten years: hosts and clients hold the CA's certificate, so replacing it takes a step of its own. */
const CA_HOURS = 10 * 365 * 24;
/** A year, under the 366 days that Mozilla's guidelines (6.0) and browsers accept. */
const LEAF_HOURS = 365 * 24;
/** Any deployment in the last 60 days renews; hosts fetch the new one by a timer. */
const RENEWAL_HOURS = 60 * 24;

/**
 * The internal certificate authority, the site's certificate and one for every host that speaks TLS inside. Keys are made by the deployment,
 * go into Secrets Manager and are encrypted in the deployment's state.
 */
export class Certificates extends pulumi.ComponentResource {
  readonly caCertificate: pulumi.Output<string>;
  readonly site: Issued;
  readonly hosts: Record<string, Issued>;

  constructor(name: string, args: CertificatesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("foobar:ops:Certificates", name, args, opts);
    const parent = { parent: this };
    const privateKey = (owner: string) =>
      new tls.PrivateKey(`${name}-${owner}-key`, { algorithm: "ECDSA", ecdsaCurve: "P256" }, parent);

    const caKey = privateKey("ca");
    const ca = new tls.SelfSignedCert(
      `${name}-ca`,
      {
        privateKeyPem: caKey.privateKeyPem,
        subject: { commonName: `${pulumi.getProject()} ${pulumi.getStack()} CA` },
        isCaCertificate: true,
        allowedUses: ["cert_signing", "crl_signing"],
        // Strict verifiers, Python 3.13's for one, want both identifiers.
        setSubjectKeyId: true,
        setAuthorityKeyId: true,
        validityPeriodHours: CA_HOURS,
        earlyRenewalHours: RENEWAL_HOURS,
      },
      parent,
    );
    this.caCertificate = ca.certPem;

    const issue = (owner: string, dnsNames: string[], allowedUses: string[]): Issued => {
      const key = privateKey(owner);
      const request = new tls.CertRequest(
        `${name}-${owner}-request`,
        { privateKeyPem: key.privateKeyPem, subject: { commonName: dnsNames[0] }, dnsNames },
        parent,
      );
      const certificate = new tls.LocallySignedCert(
        `${name}-${owner}`,
        {
          certRequestPem: request.certRequestPem,
          caPrivateKeyPem: caKey.privateKeyPem,
          caCertPem: ca.certPem,
          allowedUses: ["digital_signature", ...allowedUses],
          setSubjectKeyId: true,
          validityPeriodHours: LEAF_HOURS,
          earlyRenewalHours: RENEWAL_HOURS,
        },
        parent,
      );
      return { certificate: certificate.certPem, privateKey: pulumi.secret(key.privateKeyPem) };
    };
    this.site = issue("site", args.siteNames, ["server_auth"]);
    this.hosts = Object.fromEntries(
      args.hosts.map((host) => [
        host,
        issue(host, [`${host}.${args.domain}`], ["server_auth", "client_auth"]),
      ]),
    );
    this.registerOutputs({ caCertificate: this.caCertificate });
  }
}

/** The values of `tls/…` in the vault: the CA as PEM, the site and each host as JSON. */
export function certificateSecrets(certificates: Certificates): Record<string, pulumi.Output<string>> {
  const { caCertificate, site, hosts } = certificates;
  return {
    "tls/ca": caCertificate,
    "tls/site": pulumi.jsonStringify({ ...site, chain: caCertificate }),
    ...Object.fromEntries(
      Object.entries(hosts).map(([host, issued]) => [`tls/${host}`, pulumi.jsonStringify(issued)]),
    ),
  };
}
