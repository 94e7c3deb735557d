/** The tls package's private keys. */
import { createHash, createPublicKey, generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import type { ResourceType } from "../resource";
import { count, text } from "../rules";
import type { Properties } from "../values";

const generate = promisify(generateKeyPair);
const curves: Record<string, string> = {
  P224: "secp224r1",
  P256: "prime256v1",
  P384: "secp384r1",
  P521: "secp521r1",
};

async function makeKey({ algorithm, ecdsaCurve, rsaBits }: Properties): Promise<KeyObject> {
  if (algorithm === "RSA") return (await generate("rsa", { modulusLength: rsaBits as number })).privateKey;
  if (algorithm === "ED25519") return (await generate("ed25519")).privateKey;
  return (await generate("ec", { namedCurve: curves[ecdsaCurve as string] })).privateKey;
}

const field = (bytes: Buffer): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};
/** An SSH number: a zero byte keeps the sign positive. */
const mpint = (bytes: Buffer): Buffer =>
  field(bytes[0] & 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes);

/** The public key as SSH writes it on the wire (RFC 4253, 5656, 8709), or undefined where SSH has no name for it. */
function sshPublicKey(key: KeyObject): { name: string; blob: Buffer } | undefined {
  const jwk = key.export({ format: "jwk" });
  const part = (value: string | undefined): Buffer => Buffer.from(value ?? "", "base64url");
  if (jwk.kty === "RSA")
    return {
      name: "ssh-rsa",
      blob: Buffer.concat([field(Buffer.from("ssh-rsa")), mpint(part(jwk.e)), mpint(part(jwk.n))]),
    };
  if (jwk.kty === "OKP")
    return {
      name: "ssh-ed25519",
      blob: Buffer.concat([field(Buffer.from("ssh-ed25519")), field(part(jwk.x))]),
    };
  const curve = { "P-256": "nistp256", "P-384": "nistp384", "P-521": "nistp521" }[jwk.crv ?? ""];
  if (curve === undefined) return undefined;
  const name = `ecdsa-sha2-${curve}`;
  const point = Buffer.concat([Buffer.of(4), part(jwk.x), part(jwk.y)]);
  return { name, blob: Buffer.concat([field(Buffer.from(name)), field(Buffer.from(curve)), field(point)]) };
}

function outputsOf(key: KeyObject): Properties {
  const publicKey = createPublicKey(key);
  const traditional = { rsa: "pkcs1", ec: "sec1" }[key.asymmetricKeyType as string] ?? "pkcs8";
  const ssh = sshPublicKey(publicKey);
  const md5 = ssh && createHash("md5").update(ssh.blob).digest("hex").match(/../g)!.join(":");
  const sha256 = ssh && createHash("sha256").update(ssh.blob).digest("base64").replace(/=+$/, "");
  return {
    privateKeyPem: key.export({ type: traditional as "pkcs8", format: "pem" }),
    privateKeyPemPkcs8: key.export({ type: "pkcs8", format: "pem" }),
    publicKeyPem: publicKey.export({ type: "spki", format: "pem" }),
    publicKeyOpenssh: ssh ? `${ssh.name} ${ssh.blob.toString("base64")}\n` : "",
    publicKeyFingerprintMd5: md5 ?? "",
    publicKeyFingerprintSha256: sha256 === undefined ? "" : `SHA256:${sha256}`,
  };
}

const privateKey: ResourceType = {
  token: "tls:index/privateKey:PrivateKey",
  inputs: {
    algorithm: text({ required: true, replaces: true, oneOf: ["RSA", "ECDSA", "ED25519"] }),
    ecdsaCurve: text({ default: "P224", replaces: true, oneOf: Object.keys(curves) }),
    rsaBits: count({ default: 2048, replaces: true, min: 1024, max: 16384 }),
  },
  // privateKeyOpenssh of the released provider is not made here: asking for it gives nothing
  computed: [
    "privateKeyPem",
    "privateKeyPemPkcs8",
    "publicKeyPem",
    "publicKeyOpenssh",
    "publicKeyFingerprintMd5",
    "publicKeyFingerprintSha256",
  ],
  secretOutputs: ["privateKeyPem", "privateKeyPemPkcs8"],
  backend: {
    async create(inputs) {
      const outputs = outputsOf(await makeKey(inputs));
      // the released provider's id: SHA-1 of the public key
      return {
        id: createHash("sha1")
          .update(outputs.publicKeyPem as string)
          .digest("hex"),
        outputs,
      };
    },
  },
};

export const types: readonly ResourceType[] = [privateKey];
