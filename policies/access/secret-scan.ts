import { createPrivateKey, X509Certificate } from "node:crypto";
import { FORMS } from "./secret-forms";

/** Something in a text that looks like a secret. */
export interface Suspect {
  /** With its article: `a private key`. */
  what: string;
  line: number;
  /** Never to be shown as a whole. */
  value: string;
}

/** Names of settings whose value is a password, whatever it looks like. */
const PASSWORD_NAMES = /(pass(word|wd|phrase)|(^|[_.-])(pass|pwd|pw))$/i;
/** Names of settings whose value is a secret when it looks like one. */
const SECRET_NAMES =
  /(secret|token|api[_.-]?key|app[_.-]?key|access[_.-]?key|auth[_.-]?key|private[_.-]?key|credentials?|authcode)$/i;
/** `name = value`, `name: value`, `--name value`, with or without quotes. A value may be an assignment itself. */
const ASSIGNMENT =
  /(?<=^|[\s,;{("'&?=])-{0,2}([A-Za-z][\w.-]*?)["']?\s*(?::=|=>|[:=]|(?<=--[\w-]+)\s)\s*(?=("[^"\n]*"|'[^'\n]*'|[^\s,;#"'}&]+))/g;

/** Values that stand for something else: variables, templates, files, switches, what is to be filled in. */
const PLACEHOLDER =
  /^$|^\d{1,3}$|^[$%@!]|\$[{(A-Z]|^\{\{|^<.*>$|^(true|false|yes|no|on|off|none|null|nil|undefined|required|optional|enabled|disabled|prompt|ask|stdin)$|^(x{3,}|\*{3,}|\.{3,})$|^(file|env|vault|ssm|arn|https?):|^~?\.{0,2}\/[\w./-]+$|^(str|int|bool)$/i;

const COMMENT = /^(#|;|\/\/|--)/;

/** The keys of AWS's documentation end so; they open nothing ("AWS access keys", IAM user guide, examples). */
const DOCUMENTED = /EXAMPLE(KEY)?$/;

/** Blocks that are meant to be seen by everybody. */
const PUBLIC_BLOCK =
  /-----BEGIN ((?:TRUSTED |X509 )?(?:CERTIFICATE|CERTIFICATE REQUEST|CRL)|(?:RSA |EC )?PUBLIC KEY|DH PARAMETERS|EC PARAMETERS|PGP PUBLIC KEY BLOCK)-----[\s\S]*?-----END \1-----/g;
/** Told by its first line; what follows is the same secret. */
const PRIVATE_BLOCK =
  /(-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----)([\s\S]*?-----END (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----)/g;
/** A digest that is written with its kind in front, as in Subresource Integrity. */
const DIGEST = /^sha(1|224|256|384|512)[-_]/i;
/** What stands before a public key or a digest, which look as random as secrets do. */
const PUBLIC_PREFIX =
  /(ssh-(rsa|dss|ed25519)|ecdsa-sha2-\S+|sk-\S+@openssh\.com|sha(1|224|256|384|512)[-:=\s"']*|md5[-:=\s"']*|pin-sha256=["']?)\s*$/i;

/** Shortest random text that is taken for a secret without a name: 32 characters of base64 have 192 bits. */
const LEAST_LENGTH = 32;
/** Bits per character. Random base64 of 32 characters has 4.5 to 5, words and names have 3.5 to 4.2. */
const LEAST_ENTROPY = 4.3;
/** A value with a name that says what it is need not be as long. */
const LEAST_NAMED = 12;

/** Looks for secrets in texts: by form, by the name of a setting, by how random it is. */
export class SecretScanner {
  /** Lines in which there is nothing. Hosts of a tier differ in a few lines only. */
  private readonly clean = new Set<string>();

  scan(text: string): Suspect[] {
    // Blanked and not removed, so that line numbers stay.
    const visible = text
      .replace(PUBLIC_BLOCK, (block) => block.replace(/[^\n]/g, " "))
      .replace(PRIVATE_BLOCK, (_, head: string, body: string) => head + body.replace(/[^\n]/g, " "));
    return visible.split("\n").flatMap((whole, index) => {
      const line = whole.trim();
      if (this.clean.has(line)) return [];
      const found = suspectsIn(line);
      if (found.length === 0) this.clean.add(line);
      return found.map(({ what, value }) => ({ what, value, line: index + 1 }));
    });
  }
}

/** What one line holds, each value once and by its most telling name. */
function suspectsIn(line: string): Omit<Suspect, "line">[] {
  const found: Omit<Suspect, "line">[] = [];
  const add = (what: string, value: string) => {
    const known = found.some((one) => one.value.includes(value) || value.includes(one.value));
    if (!known && !DOCUMENTED.test(value)) found.push({ what, value });
  };
  for (const { name, pattern } of FORMS)
    for (const match of line.matchAll(pattern)) {
      const value = match[1] ?? match[0];
      if (!PLACEHOLDER.test(value)) add(name, value);
    }
  for (const match of line.matchAll(ASSIGNMENT)) {
    const [whole, name, quoted] = match;
    const value = quoted.replace(/^(["'])(.*)\1$/, "$2").replace(/[)\]]+$/, "");
    if (PLACEHOLDER.test(value)) continue;
    // Words go on after it: a sentence about a password, and none.
    const prose =
      COMMENT.test(line) &&
      value === quoted &&
      line.slice(match.index + whole.length + quoted.length).trim() !== "";
    if ((PASSWORD_NAMES.test(name) && !prose) || (SECRET_NAMES.test(name) && looksMade(value)))
      add(`the value of ${name}`, value);
  }
  for (const match of line.matchAll(/[A-Za-z0-9+/_-]{32,}={0,2}/g)) {
    const [token] = match;
    if (PUBLIC_PREFIX.test(line.slice(0, match.index)) || DIGEST.test(token)) continue;
    const what = randomKind(token);
    if (what) add(what, token);
  }
  return found;
}

/** Letters with digits, or in both cases at random, in one word: names are none, as `foobar/dev`, `caching_sha2_password`. */
function looksMade(value: string): boolean {
  if (value.length < LEAST_NAMED || isUuid(value)) return false;
  return value
    .split(/[/_.:-]/)
    .filter((run) => run.length >= LEAST_NAMED && /[A-Za-z]/.test(run))
    .some(
      (run) => /\d/.test(run) || (/[a-z]/.test(run) && /[A-Z]/.test(run) && entropyOf(run) >= LEAST_ENTROPY),
    );
}

function isUuid(value: string): boolean {
  return /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(value);
}

/** What a long token is, when it is a secret. */
function randomKind(token: string): string | undefined {
  const der = derOf(token);
  if (der === "public") return undefined;
  if (der === "private") return "a private key in base64";
  // Digests and ids are hexadecimal; with a name that says more they have been found already.
  if (token.length < LEAST_LENGTH || /^[0-9a-f-]+$/i.test(token)) return undefined;
  if (!/[a-z]/.test(token) || !/[A-Z]/.test(token) || !/\d/.test(token)) return undefined;
  // Paths and names are words with something between them.
  const longest = Math.max(...token.split(/[/_-]/).map((run) => run.length));
  if (longest < 16) return undefined;
  return entropyOf(token) >= LEAST_ENTROPY ? "a random text" : undefined;
}

/** PEM or DER inside base64. A certificate is for everybody, a private key is not. */
function derOf(token: string): "public" | "private" | undefined {
  if (token.startsWith("LS0tLS1CRUdJTi")) {
    const [first] = Buffer.from(token, "base64").toString("latin1").split("\n");
    return first.includes("PRIVATE KEY") ? "private" : "public";
  }
  if (!token.startsWith("MI")) return undefined;
  const der = Buffer.from(token, "base64");
  try {
    new X509Certificate(der);
    return "public";
  } catch {
    // No certificate.
  }
  for (const type of ["pkcs8", "pkcs1", "sec1"] as const)
    try {
      createPrivateKey({ key: der, format: "der", type });
      return "private";
    } catch {
      // Not of this form.
    }
  return undefined;
}

/** Shannon's, in bits per character. */
function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  return [...counts.values()].reduce(
    (sum, count) => sum - (count / text.length) * Math.log2(count / text.length),
    0,
  );
}
