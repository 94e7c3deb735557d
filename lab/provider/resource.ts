/** What a resource type of the lab is made of. */
import type { Failure, Rule } from "./rules";
import type { Settings } from "./settings";
import type { Properties } from "./values";

/** What an operation of a resource type may use. */
export interface Context {
  urn: string;
  settings: Settings;
}

/** What exists after a create or a read. */
export interface Existing {
  id: string;
  /** Computed outputs; the inputs are added to them. */
  outputs: Properties;
}

/** How resources of a type come to be and go. Without it they live in the lab's control daemon. */
export interface Backend {
  create(inputs: Properties, context: Context): Promise<Existing>;
  /** Undefined when the resource is gone. */
  read?(id: string, state: Properties, context: Context): Promise<Existing | undefined>;
  update?(id: string, inputs: Properties, state: Properties, context: Context): Promise<Properties>;
  delete?(id: string, state: Properties, context: Context): Promise<void>;
}

/** One resource type, as data. */
export interface ResourceType {
  /** Pulumi's type token, such as `aws:ec2/vpc:Vpc`. */
  token: string;
  inputs: Record<string, Rule>;
  /** Outputs that are known only once the resource exists. */
  computed: readonly string[];
  /** Outputs that are secret whatever the inputs are. */
  secretOutputs?: readonly string[];
  /** The input that names it, made up (name of the resource, `-`, 7 hex digits) when the program gives none. */
  autoname?: { property: string; limit: number; lowerCase?: boolean };
  /** Rules across several inputs. Values may be unknown. */
  check?: (inputs: Properties) => Failure[];
  /** Top-level inputs whose change replaces, beyond those marked in `inputs`. */
  replaces?: (olds: Properties, news: Properties, state: Properties) => string[];
  /** Outputs besides the inputs that a preview can already tell. */
  known?: (inputs: Properties, settings: Settings) => Properties;
  /** The old one must go before the new one comes, whatever its name. @default false */
  deleteBeforeReplace?: boolean;
  backend?: Backend;
  /** Whether checked inputs hold a `__clientToken`. @default true for types that the daemon keeps */
  clientToken?: boolean;
}

/** A function that a program can invoke. */
export interface InvokeFunction {
  token: string;
  inputs: Record<string, Rule>;
  run: (args: Properties, settings: Settings) => Properties | Promise<Properties>;
}

/** What a file of the provider contributes. */
export interface Contribution {
  types?: readonly ResourceType[];
  functions?: readonly InvokeFunction[];
}
