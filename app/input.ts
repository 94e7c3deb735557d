import { randomUUID } from "node:crypto";
import type { Context } from "hono";
import { type FieldProblem, KEY_PATTERN, checkDraft } from "./drafts";
import type { Draft, ListQuery } from "./messages";
import { Problem } from "./problem";

/** Largest request body, in bytes: the longest message, every byte escaped as %XX, and room for the rest. */
export const BODY_MAX = 8192;

const LIMIT_DEFAULT = 20;
const LIMIT_MAX = 100;

/** Reads `limit`, `before` and `seen`. @throws Problem 400 with every field that is wrong. */
export function readListQuery(c: Context): ListQuery {
  const errors: FieldProblem[] = [];
  const read = (field: string, min: number, max: number): number | undefined => {
    const text = c.req.query(field);
    if (text === undefined) return undefined;
    const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    errors.push({
      field,
      message: `want a whole number from ${min} to ${max}, got ${JSON.stringify(text.slice(0, 40))}`,
    });
    return undefined;
  };
  const query = {
    limit: read("limit", 1, LIMIT_MAX) ?? LIMIT_DEFAULT,
    before: read("before", 1, Number.MAX_SAFE_INTEGER),
    seen: read("seen", 1, Number.MAX_SAFE_INTEGER),
  };
  if (errors.length > 0) throw new Problem(400, "query: want other values; see errors", errors);
  return query;
}

/** Which of the two kinds of body a POST carries. @throws Problem 415 for any other. */
export function bodyKind(c: Context): "json" | "form" {
  const type = (c.req.header("content-type") ?? "").split(";")[0].trim().toLowerCase();
  if (type === "application/json") return "json";
  if (type === "application/x-www-form-urlencoded") return "form";
  throw new Problem(
    415,
    `content-type: want application/json or application/x-www-form-urlencoded, got ${type || "none"}`,
  );
}

/** What a form holds: a draft or problems, and what was typed, so that it can be shown again. */
export interface FormInput {
  draft?: Draft;
  errors: FieldProblem[];
  typed: { author: string; text: string };
}

/** Reads a posted form; its hidden field `key` is the idempotency key. */
export async function readForm(c: Context): Promise<FormInput> {
  const { key = randomUUID(), ...fields } = Object.fromEntries(new URLSearchParams(await readText(c)));
  const typed = { author: fields.author ?? "", text: fields.text ?? "" };
  const checked = checkDraft(fields);
  const errors = Array.isArray(checked) ? checked : [];
  if (!KEY_PATTERN.test(key)) errors.push({ field: "key", message: "want the form's own key, got another" });
  if (errors.length > 0 || Array.isArray(checked)) return { errors, typed };
  return { draft: { ...checked, key }, errors, typed };
}

/**
 * Reads a posted JSON object; the header `Idempotency-Key` makes it safe to repeat.
 *
 * @throws Problem 400 when it is no JSON or the key is malformed, 422 when fields are wrong.
 */
export async function readJson(c: Context): Promise<Draft> {
  const key = (c.req.header("idempotency-key") ?? randomUUID()).replace(/^"(.*)"$/, "$1");
  if (!KEY_PATTERN.test(key)) {
    throw new Problem(
      400,
      "idempotency-key: want 8 to 64 letters, digits, - and _, got something else; a UUID fits",
    );
  }
  let body: unknown;
  try {
    body = JSON.parse(await readText(c));
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem(
      400,
      `body: want JSON, got something else (${(error as Error).name}); send {"text": "…"}`,
    );
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new Problem(422, 'body: want a JSON object, got another value; send {"text": "…"}');
  }
  const checked = checkDraft(body as Record<string, unknown>);
  if (Array.isArray(checked)) throw new Problem(422, "message: want other values; see errors", checked);
  return { ...checked, key };
}

async function readText(c: Context): Promise<string> {
  const bytes = await c.req.arrayBuffer();
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Problem(400, "body: want UTF-8, got other bytes");
  }
}
