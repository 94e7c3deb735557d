/** Compares what two sides have done, path by path. */
import { KNOWN, type Known } from "./known";

/** One place at which two sides differ. */
export interface Difference {
  path: string;
  cli: unknown;
  engine: unknown;
  /** Set when it is documented. */
  known?: Known;
}

/** Every place at which two values differ; keys may come in any order, lists may not. */
export function differences(cli: unknown, engine: unknown, path = ""): Difference[] {
  if (isBag(cli) && isBag(engine)) {
    const keys = [...new Set([...Object.keys(cli), ...Object.keys(engine)])].sort();
    return keys.flatMap((key) => differences(cli[key], engine[key], path === "" ? key : `${path}/${key}`));
  }
  if (Array.isArray(cli) && Array.isArray(engine) && cli.length === engine.length) {
    return cli.flatMap((item, at) => differences(item, engine[at], `${path}/${at}`));
  }
  if (JSON.stringify(cli) === JSON.stringify(engine)) return [];
  return [{ path, cli, engine, known: KNOWN.find((known) => known.applies(path, cli, engine)) }];
}

/** One line for people: the path and both values, each cut to a readable length. */
export function describe({ path, cli, engine, known }: Difference): string {
  const brief = (value: unknown) => {
    const text = JSON.stringify(value) ?? "nothing";
    return text.length > 200 ? `${text.slice(0, 200)}…` : text;
  };
  const why = known ? ` (documented: ${known.reason})` : "";
  return `${path}: CLI ${brief(cli)}, engine ${brief(engine)}${why}`;
}

/** Whether there is nothing in it, so that two of them say nothing about their sides. */
export function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function isBag(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
