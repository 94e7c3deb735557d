/** The provider's configuration, as the stack gives it (`aws:region` and its like). */
import { isObject, type Properties } from "./values";

/** The account that everything in the lab belongs to. */
export const accountId = "123456789012";

/** What operations need to know of the configuration. */
export interface Settings {
  /** @default "us-east-1" */
  region: string;
  /** Tags that every taggable resource gets. @default none */
  defaultTags: Record<string, string>;
  /** Address of an AWS API by service. @default the lab's forward on 127.0.0.1:4566 */
  endpoint: (service: "s3" | "secretsmanager") => string;
  accessKey: string;
  secretKey: string;
}

/** Where the lab's AWS API answers on this machine. */
export const labEndpoint = "http://127.0.0.1:4566";

const parse = (value: unknown): unknown => {
  if (typeof value !== "string" || !/^[[{]/.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
};

/**
 * Reads settings out of the arguments of Configure; nested values come as JSON in a text.
 * Throws when a value has another shape than the provider's configuration has.
 */
export function settingsFrom(args: Properties): Settings {
  const endpoints = parse(args.endpoints);
  const tags = parse(args.defaultTags);
  const merged = Object.fromEntries(
    (Array.isArray(endpoints) ? endpoints.filter(isObject) : []).flatMap((one) => Object.entries(one)),
  );
  const wanted = isObject(tags) && isObject(tags.tags) ? tags.tags : {};
  const textOr = (value: unknown, fallback: string): string => (typeof value === "string" ? value : fallback);
  return {
    region: textOr(args.region, "us-east-1"),
    defaultTags: Object.fromEntries(Object.entries(wanted).map(([key, value]) => [key, String(value)])),
    endpoint: (service) => textOr(merged[service], labEndpoint),
    accessKey: textOr(args.accessKey, "lab"),
    secretKey: textOr(args.secretKey, "lab"),
  };
}
