import { execFileSync } from "node:child_process";
import { join } from "node:path";

const lib = join(__dirname, "../../host/lib");

/**
 * Value of a Python expression over the hosts' own modules; `setup` runs first. Arguments reach it as `given`.
 * No bytecode is written: the folder is packed as it is.
 */
export function python(setup: string, expression: string, given?: unknown): unknown {
  const program = `import json, sys\ngiven = json.load(sys.stdin)\n${setup}\nprint(json.dumps(${expression}))`;
  const env = { ...process.env, PYTHONPATH: lib, PYTHONDONTWRITEBYTECODE: "1" };
  const output = execFileSync("python3", ["-c", program], {
    input: JSON.stringify(given ?? null),
    env,
    encoding: "utf8",
  });
  return JSON.parse(output);
}
