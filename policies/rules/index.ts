import type { Rule } from "../rule";

/** Every rule of the pack, in the order in which they are told. */
export const RULES: readonly Rule[] = [];
