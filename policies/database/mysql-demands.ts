import type { Host } from "../site/host";
import type { MysqlConfig } from "../parse/mysql";
import { violation, type Finding } from "../rule";

/** What a server's own configuration has to say about one variable. */
export interface Demand {
  /** Normalised, as in `SHOW VARIABLES`. */
  variable: string;
  /** What is wanted, as it would stand in the file or in words. */
  want: string;
  holds(config: MysqlConfig): boolean;
}

/** A value of this list, in any case. */
export function oneOf(variable: string, ...values: string[]): Demand {
  return {
    variable,
    want: values.length === 1 ? values[0] : `${values.slice(0, -1).join(", ")} or ${values.at(-1)}`,
    holds: (config) => values.includes(config.get(variable)?.toUpperCase() ?? ""),
  };
}

export function on(variable: string): Demand {
  return { variable, want: "ON", holds: (config) => config.on(variable) === true };
}

/** A whole number within limits, both included. */
export function between(variable: string, least: number, most: number): Demand {
  return {
    variable,
    want: most === Infinity ? `at least ${least}` : `${least} to ${most}`,
    holds: (config) => {
      const text = config.get(variable) ?? "";
      return /^\d+$/.test(text) && Number(text) >= least && Number(text) <= most;
    },
  };
}

/** A plugin that is loaded when the server starts. */
export function hasPlugin(config: MysqlConfig, name: string): boolean {
  return config.plugins.some((plugin) => plugin.includes(name));
}

export function plugin(name: string): Demand {
  return {
    variable: "plugin_load_add",
    want: `${name}.so among them`,
    holds: (config) => hasPlugin(config, name),
  };
}

/** One violation for each demand that is not met, in their order. */
export function unmet(host: Host, config: MysqlConfig, demands: readonly Demand[]): Finding[] {
  return demands
    .filter((demand) => !demand.holds(config))
    .map(({ variable, want }) => {
      const value = config.get(variable);
      const found = variable === "plugin_load_add" ? "does not load it" : shown(value);
      return violation(
        host.resource,
        `${host.name}: ${variable} ${found}, want ${want}; write it into [mysqld]`,
      );
    });
}

function shown(value: string | undefined): string {
  return value === undefined ? "is not set" : `is ${value === "" ? "without a value" : value}`;
}
