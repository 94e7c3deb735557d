/** What both sides of the comparison do and what is seen of it: the Pulumi CLI, and the project's own engine. */
import type { Properties } from "../../engine";
import type { ResourceState } from "../../engine/state";
import type { Call } from "./world";

export type Command = "preview" | "up" | "refresh" | "destroy";

/** One command in a program's life. */
export interface Stage {
  command: Command;
  /** Replaces the program first; without it the last one stays. */
  program?: string;
  /** Changes resources behind everybody's back, by name; undefined takes one away. */
  tamper?: Record<string, Record<string, unknown> | undefined>;
  /** Reads the resources first. */
  refresh?: boolean;
  /** Afterwards everything is in order: the state is moved across in both directions. */
  moved?: boolean;
  /** False leaves out the policy packs. */
  judged?: boolean;
  /** Runs the program in a destroy, so that its delete hooks run. */
  runProgram?: boolean;
}

/** An error or a policy violation, and the resource it is about (its name, empty for the whole run). */
export interface Told {
  about: string;
  text: string;
}

/** What is seen of one command. Ids, tokens and folders are as they came. */
export interface Observed {
  succeeded: boolean;
  /** Operations by URN. */
  plan: Record<string, string[]>;
  errors: Told[];
  policies: Told[];
  /** Resources of the state, secrets opened. */
  state: ResourceState[];
  outputs: Properties;
  /** Of a preview: what each resource would be, by URN; secrets and unknowns by name. */
  planned: Record<string, unknown>;
  /** Every step's begin and end, in order; the resource's URN is the name. */
  steps: Call[];
}

export interface Side {
  readonly name: string;
  run(stage: Stage): Promise<Observed>;
}

/** A command with what it called of the provider. */
export interface Recorded extends Observed {
  calls: Call[];
  hooks: string[];
  before: ResourceState[];
}
