/** Differences between the CLI and the engine that are meant to be. Anything else fails the comparison. */
export interface Known {
  reason: string;
  applies: (path: string, cli: unknown, engine: unknown) => boolean;
}

export const KNOWN: Known[] = [
  {
    reason: "a stack trace holds paths of the machine; the source position is kept",
    applies: (path, _cli, engine) => /^resources\/.*\/stackTrace$/.test(path) && engine === undefined,
  },
  {
    reason: "the CLI's event log leaves out the contents of assets; their hashes are compared",
    applies: (path, cli) => path.startsWith("planned/") && cli === "<contents elided>",
  },
  {
    reason: "where the SDK itself makes the stack: the engine looks up no source maps of packages",
    applies: (path, cli, engine) =>
      /^resources\/.*\/sourcePosition$/.test(path) &&
      [cli, engine].every((position) => typeof position === "string" && position.includes("/@pulumi/")),
  },
  {
    reason:
      "after a refresh the CLI names properties without dependencies only from the next up on; the engine always",
    applies: (path, cli, engine) =>
      /^resources\/.*\/propertyDependencies(\/[^/]+)?$/.test(path) &&
      cli === undefined &&
      Object.values(engine as object).every((urns) => Array.isArray(urns) && urns.length === 0),
  },
  {
    reason: "the CLI notes under __internal where it found a provider's plugin; the engine reads over it",
    applies: (path, _cli, engine) =>
      /^(resources|planned)\/.*pulumi:providers:.*\/(inputs|outputs)\/__internal$/.test(path) &&
      engine === undefined,
  },
];
