/** The AMIs that the lab has, and what is in them. */
import { bareRecipe, recipe, type Recipe } from "../machine/recipe";

/** A publisher's Debian 13 as it is: its hosts install everything of theirs at their first boot. */
export const BARE_AMI = "ami-0deb1a130000ba5e0";

/** Recipes by AMI id. Debian 13 and Ubuntu 26.04 have the hosts' packages in them, so that hosts boot in seconds. */
export const recipeOf: Readonly<Record<string, Recipe>> = {
  "ami-0deb1a13000000000": recipe,
  "ami-0b26040000000000a": recipe,
  [BARE_AMI]: bareRecipe,
};
