import { createCipheriv, createDecipheriv, pbkdf2, randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { isObject, isSecret, SECRET, secret, SIG, transform, withoutSecrets, type Value } from "./values";

const deriveKey = promisify(pbkdf2);
/** Pulumi's passphrase provider: PBKDF2-SHA256, a million rounds, 32-byte key, 8-byte salt. */
const ROUNDS = 1_000_000;
const TEXT = "pulumi";

/**
 * Where the stack's passphrase comes from: the two variables that the CLI reads, else a file that the
 * engine makes beside the state (mode 0600), so that a stack without one works with no question asked.
 */
export function readPassphrase(stateDir: string, given?: string): string {
  if (given !== undefined) return given;
  if (process.env.PULUMI_CONFIG_PASSPHRASE !== undefined) return process.env.PULUMI_CONFIG_PASSPHRASE;
  const named = process.env.PULUMI_CONFIG_PASSPHRASE_FILE;
  if (named) return readFileSync(named, "utf8").trim();
  const file = join(stateDir, "passphrase");
  if (!existsSync(file)) {
    mkdirSync(stateDir, { recursive: true });
    writeFileSync(file, randomBytes(24).toString("base64url") + "\n", { mode: 0o600 });
    chmodSync(file, 0o600);
  }
  return readFileSync(file, "utf8").trim();
}

/** Encrypts and decrypts in the format of Pulumi's passphrase secrets provider (`v1:<nonce>:<ciphertext>`). */
export class Crypter {
  /** Ciphertexts seen, by place and text, so that a secret that did not change is written as it was. */
  private readonly known = new Map<string, string>();

  private constructor(
    private readonly key: Buffer,
    /** What the state and the stack file keep to check a passphrase: `v1:<salt>:<encrypted "pulumi">`. */
    readonly salt: string,
  ) {}

  /** A crypter with a new salt. */
  static async create(passphrase: string): Promise<Crypter> {
    const salt = randomBytes(8);
    const crypter = new Crypter(await deriveKey(passphrase, salt, ROUNDS, 32, "sha256"), "");
    return new Crypter(crypter.key, `v1:${salt.toString("base64")}:${crypter.encrypt(TEXT)}`);
  }

  /** The crypter of an existing stack. @throws Error when the passphrase is not the one it was made with */
  static async open(passphrase: string, state: string): Promise<Crypter> {
    const [version, salt, ...check] = state.split(":");
    if (version !== "v1" || !salt) throw new Error(`encryptionsalt: want v1:<salt>:<check>, got "${state}"`);
    const key = await deriveKey(passphrase, Buffer.from(salt, "base64"), ROUNDS, 32, "sha256");
    const crypter = new Crypter(key, state);
    try {
      if (crypter.decrypt(check.join(":")) === TEXT) return crypter;
    } catch {
      // falls through: a wrong key fails the authentication of the ciphertext
    }
    throw new Error(
      "passphrase: it does not open this stack's secrets; set PULUMI_CONFIG_PASSPHRASE or " +
        "PULUMI_CONFIG_PASSPHRASE_FILE to the one the stack was made with",
    );
  }

  encrypt(plaintext: string, place = ""): string {
    const before = this.known.get(place + "\0" + plaintext);
    if (before !== undefined) return before;
    const nonce = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", this.key, nonce);
    const sealed = Buffer.concat([cipher.update(plaintext, "utf8"), cipher.final(), cipher.getAuthTag()]);
    const text = `v1:${nonce.toString("base64")}:${sealed.toString("base64")}`;
    this.known.set(place + "\0" + plaintext, text);
    return text;
  }

  /** @throws Error when the text was not made with this key */
  decrypt(text: string, place = ""): string {
    const [version, nonce, sealed] = text.split(":");
    if (version !== "v1" || !nonce || !sealed) throw new Error("secret: want v1:<nonce>:<ciphertext>");
    const bytes = Buffer.from(sealed, "base64");
    const decipher = createDecipheriv("aes-256-gcm", this.key, Buffer.from(nonce, "base64"));
    decipher.setAuthTag(bytes.subarray(-16));
    const plain = Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]).toString("utf8");
    this.known.set(place + "\0" + plain, text);
    return plain;
  }
}

/**
 * A value as the state keeps it: each secret as its ciphertext.
 * @param place names the value, so that equal secrets of two resources do not show as equal ciphertexts
 */
export function encryptValue(value: Value, crypter: Crypter, place: string): Value {
  if (Array.isArray(value)) return value.map((item, at) => encryptValue(item, crypter, `${place}/${at}`));
  if (!isObject(value)) return value;
  if (isSecret(value)) {
    const text = JSON.stringify(withoutSecrets(value.value));
    return { [SIG]: SECRET, ciphertext: crypter.encrypt(text, place) };
  }
  const result: Record<string, Value> = {};
  for (const key of Object.keys(value).sort()) {
    result[key] = encryptValue(value[key], crypter, `${place}/${key}`);
  }
  return result;
}

/** The reverse of {@link encryptValue}; also takes `plaintext`, which `pulumi stack export --show-secrets` writes. */
export function decryptValue(value: Value, crypter: Crypter, place: string): Value {
  if (Array.isArray(value)) return value.map((item, at) => decryptValue(item, crypter, `${place}/${at}`));
  if (!isObject(value)) return value;
  if (value[SIG] === SECRET) {
    if (typeof value.plaintext === "string") return secret(parseSecret(value.plaintext));
    if (typeof value.ciphertext === "string") {
      return secret(parseSecret(crypter.decrypt(value.ciphertext, place)));
    }
  }
  const result: Record<string, Value> = {};
  for (const [key, item] of Object.entries(value))
    result[key] = decryptValue(item, crypter, `${place}/${key}`);
  return result;
}

/** The CLI keeps marks of secrets within a secret, with their text in the clear: the outer mark is enough. */
function parseSecret(text: string): Value {
  return transform(JSON.parse(text) as Value, (part) => {
    const inner = isObject(part) && part[SIG] === SECRET ? (part.ciphertext ?? part.plaintext) : undefined;
    return typeof inner === "string" ? parseSecret(inner) : part;
  });
}
