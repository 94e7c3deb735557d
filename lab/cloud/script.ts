import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** The command that runs a TypeScript file of this folder, wherever the program then is: lab processes run in /. */
export function scriptCommand(file: string): string[] {
  return [process.execPath, "--import", pathToFileURL(require.resolve("tsx")).href, join(__dirname, file)];
}
