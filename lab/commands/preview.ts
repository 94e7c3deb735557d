/** `make preview`: the plan of any stack, with no cloud, no credentials and no root. */
import * as engine from "../../engine";
import { buildApp } from "../../app/build";
import { engineOptions, type DeployOptions } from "./deploy-options";
import { projectDir as labDir, projectOf, repositoryDir } from "./site";

/** Previews a stack of lab/, or of the project itself (`dev`, …) when lab/ has none of that name. */
export async function preview(options: DeployOptions): Promise<void> {
  const projectDir = projectOf(options.stack, [labDir, repositoryDir]);
  await buildApp(); // the program's plan holds the bundle's hash
  await engine.preview({ projectDir, ...engineOptions(options) });
}
