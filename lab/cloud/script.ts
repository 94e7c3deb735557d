import { join } from "node:path";

/** The command that runs a TypeScript file of this folder, wherever the program then is: lab processes run in /. */
export function scriptCommand(file: string): string[] {
  return [process.execPath, "--require", join(__dirname, "../../engine/register.js"), join(__dirname, file)];
}
