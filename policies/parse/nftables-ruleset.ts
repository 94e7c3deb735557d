export interface NftRule {
  /** Braces and commas of sets are words of their own; a string has lost its quotes. */
  words: string[];
  line: number;
}

export interface Chain {
  name: string;
  /** `filter`, `nat` or `route`; none for a chain that is only jumped to. */
  type?: string;
  hook?: string;
  /** A number, or a name such as `filter`, with an offset where there is one: `filter - 5`. */
  priority?: string;
  /** @default accept, where there is a hook */
  policy?: "accept" | "drop";
  rules: NftRule[];
  /** Where it jumps to other chains and uses sets of. */
  table: Table;
}

export interface NftSet {
  name: string;
  elements: string[];
}

export interface Table {
  family: string;
  name: string;
  chains: Chain[];
  sets: NftSet[];
}

export interface Ruleset {
  tables: Table[];
}
