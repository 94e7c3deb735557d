import { BARE_AMI, recipeOf } from "./images";
import { ensureMirrors } from "./mirrors";
import { ensureImage } from "../machine/image";

/** Sees to it that hosts of an AMI can boot: the image is there, and packages for those that will want some. */
export async function prepareImage(ami: string, say: (line: string) => void): Promise<void> {
  if (!(ami in recipeOf)) return; // the cloud refuses it, and says why
  await ensureImage(say, recipeOf[ami]);
  if (ami === BARE_AMI) await ensureMirrors();
}
