import { providerConfig, type Config } from "./config";
import type { Goal } from "./goal";
import type { ResourceState } from "./state";
import { packageOf, providerType } from "./urn";
import type { Properties } from "./values";

/** The providers of resources that name none: one for each package and version of its SDK, made when first needed. */
export class DefaultProviders {
  private readonly made = new Map<string, Promise<string>>();

  /** @param deploy registers a provider resource as the program would */
  constructor(
    private readonly config: () => Promise<Config>,
    private readonly deploy: (goal: Goal) => Promise<{ state: ResourceState }>,
  ) {}

  /** The reference of the provider that serves a type, made from the stack's settings for its package. */
  get(type: string, version: string): Promise<string> {
    const pkg = packageOf(type);
    const key = `${pkg}@${version}`;
    let reference = this.made.get(key);
    if (!reference) this.made.set(key, (reference = this.make(pkg, version)));
    return reference;
  }

  private async make(pkg: string, version: string): Promise<string> {
    const inputs = { ...providerConfig(await this.config(), pkg), ...(version === "" ? {} : { version }) };
    const name = version === "" ? "default" : `default_${version.replace(/[^A-Za-z0-9]/g, "_")}`;
    const { state } = await this.deploy(providerGoal(providerType(pkg), name, inputs));
    return `${state.urn}::${state.id ?? ""}`;
  }
}

/** Default providers are the engine's own doing: people neither see nor count them. */
export function isDefaultProvider(urn: string): boolean {
  return /::pulumi:providers:[^:]+::default(_|$)/.test(urn);
}

function providerGoal(type: string, name: string, inputs: Properties): Goal {
  return {
    ...{ type, name, inputs, custom: true, parent: "", provider: "", providers: {}, version: "" },
    ...{ dependencies: [], propertyDependencies: {}, deletedWith: "", sourcePosition: "" },
    ...{ ignoreChanges: [], replaceOnChanges: [], additionalSecretOutputs: [], aliases: [] },
  };
}
