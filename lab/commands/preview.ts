/** `make preview`: the plan of any stack, with no cloud, no credentials and no root. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import * as engine from "../../engine";
import { buildApp } from "../../app/build";
import { projectDir as labDir, repositoryDir } from "./site";

/** Previews a stack of lab/, or of the project itself (`dev`, …) when lab/ has none of that name. */
export async function preview(options: { stack: string; json: boolean }): Promise<void> {
  const stackFile = `Pulumi.${options.stack}.yaml`;
  const projectDir = [labDir, repositoryDir].find((folder) => existsSync(join(folder, stackFile)));
  if (!projectDir) {
    throw new Error(
      `stack: want one with a file lab/${stackFile} or ${stackFile}, got neither; check the name`,
    );
  }
  await buildApp(); // the program's plan holds the bundle's hash
  await engine.preview({ projectDir, stack: options.stack, display: options.json ? "json" : "auto" });
}
