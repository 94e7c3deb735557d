/** The random package: made once, kept in the state; any change of an input makes a new value. */
import { randomBytes, randomInt } from "node:crypto";
import type { ResourceType } from "../resource";
import { count, flag, map, text, type Failure } from "../rules";
import { hasUnknown, type Properties } from "../values";

const replaces = { replaces: true };
const classes = {
  lower: "abcdefghijklmnopqrstuvwxyz",
  upper: "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
  numeric: "0123456789",
  special: "!@#$%&*()-_=+[]{}<>:?",
} as const;
type Class = keyof typeof classes;
const names = Object.keys(classes) as Class[];
const minimum = (name: Class): string => `min${name[0].toUpperCase()}${name.slice(1)}`;

const inputs = {
  length: count({ required: true, min: 1, ...replaces }),
  ...Object.fromEntries(names.map((name) => [name, flag({ default: true, ...replaces })])),
  ...Object.fromEntries(names.map((name) => [minimum(name), count({ default: 0, min: 0, ...replaces })])),
  overrideSpecial: text(replaces),
  keepers: map(replaces),
};

const alphabet = (name: Class, given: Properties): string =>
  name === "special" && given.overrideSpecial ? (given.overrideSpecial as string) : classes[name];

const pick = (from: string): string => from[randomInt(from.length)];

/** A value with at least the wanted number of characters of each class, in an order that tells nothing. */
export function randomText(given: Properties): string {
  const allowed = names.filter((name) => given[name] === true);
  const all = allowed.map((name) => alphabet(name, given)).join("");
  const out = names.flatMap((name) =>
    Array.from({ length: given[minimum(name)] as number }, () => pick(alphabet(name, given))),
  );
  while (out.length < (given.length as number)) out.push(pick(all));
  for (let index = out.length - 1; index > 0; index--) {
    const other = randomInt(index + 1);
    [out[index], out[other]] = [out[other], out[index]];
  }
  return out.join("");
}

function problems(given: Properties): Failure[] {
  if (hasUnknown(given)) return [];
  if (!names.some((name) => given[name] === true))
    return [
      {
        property: "lower",
        reason: `characters: want at least one of ${names.join(", ")}, got none; allow one`,
      },
    ];
  const least = names.reduce((sum, name) => sum + ((given[minimum(name)] as number | undefined) ?? 0), 0);
  return least > (given.length as number)
    ? [
        {
          property: "length",
          reason: `length: want at least the sum of the minimums (${least}), got ${String(given.length)}; raise it`,
        },
      ]
    : [];
}

const password: ResourceType = {
  token: "random:index/randomPassword:RandomPassword",
  inputs,
  computed: ["result"],
  secretOutputs: ["result"],
  check: problems,
  backend: { create: (given) => Promise.resolve({ id: "none", outputs: { result: randomText(given) } }) },
};

const string: ResourceType = {
  token: "random:index/randomString:RandomString",
  inputs,
  computed: ["result"],
  check: problems,
  backend: {
    create: (given) => {
      const result = randomText(given);
      return Promise.resolve({ id: result, outputs: { result } });
    },
  },
};

const id: ResourceType = {
  token: "random:index/randomId:RandomId",
  inputs: {
    byteLength: count({ required: true, min: 1, ...replaces }),
    prefix: text(replaces),
    keepers: map(replaces),
  },
  computed: ["b64Std", "b64Url", "dec", "hex"],
  backend: {
    create: (given) => {
      const bytes = randomBytes(given.byteLength as number);
      const prefix = (given.prefix as string | undefined) ?? "";
      const outputs = {
        b64Std: prefix + bytes.toString("base64"),
        b64Url: prefix + bytes.toString("base64url"),
        dec: prefix + BigInt(`0x${bytes.toString("hex")}`).toString(),
        hex: prefix + bytes.toString("hex"),
      };
      return Promise.resolve({ id: bytes.toString("base64url"), outputs });
    },
  },
};

export const types: readonly ResourceType[] = [password, string, id];
