import type { Host } from "./host";
import { all, missing, some, unknownNeed, type Need } from "./need";
import type { MysqlConfig } from "../parse/mysql";
import { isUnknown } from "./resources";
import type { Site } from "./site";
import type { Connection } from "./topology";

/** MySQL's port of group communication when a group's seeds name none ("Group Replication System Variables"). */
const GROUP_PORT = 33061;

interface Ground {
  site: Site;
  alive(host: Host): Need;
  hostNamed(name: string): Host | undefined;
  connect(connection: Connection): void;
}

/** Which databases can take a write, and how they reach each other. */
export class DatabaseNeeds {
  private readonly groups = new Map<string, Host[]>();

  constructor(private readonly ground: Ground) {
    const databases = ground.site.hosts.filter((host) => host.mysql !== undefined);
    for (const host of databases) {
      const group = groupOf(host);
      if (group) this.groups.set(group, [...(this.groups.get(group) ?? []), host]);
      this.learnReplication(host, databases);
    }
  }

  /**
   * A member of a group takes writes when it is elected, which takes a majority of the group's members; which member
   * that is does not matter. Any other server takes them when its configuration leaves it writable.
   */
  takesWrites(host: Host): Need {
    const config = host.mysql;
    if (isUnknown(config)) return unknownNeed(`${host.name}: ${config.path}`);
    const group = groupOf(host);
    if (config && group !== undefined) {
      const members = this.membersOf(group, host, config);
      return some(
        members.map((member) => this.member(member)),
        Math.floor(members.length / 2) + 1,
      );
    }
    return config && isWritable(config) ? all([]) : missing(`${host.name} is a replica and takes no writes`);
  }

  /** Those whose configuration says so, and those whose configuration nobody knows but who are asked to let it in. */
  private membersOf(group: string, host: Host, config: MysqlConfig): Host[] {
    const seeds = seedsOf(config).map(({ name }) => this.ground.hostNamed(name));
    const doubtful = seeds.filter((seed) => seed !== undefined && isUnknown(seed.mysql)) as Host[];
    return [...new Set([host, ...(this.groups.get(group) ?? []), ...doubtful])];
  }

  private member(host: Host): Need {
    const config = host.mysql;
    const alive = this.ground.alive(host);
    return isUnknown(config) ? all([alive, unknownNeed(`${host.name}: ${config.path}`)]) : alive;
  }

  private learnReplication(host: Host, databases: Host[]): void {
    const config = host.mysql;
    if (!config || isUnknown(config)) return;
    for (const { name, port } of seedsOf(config)) {
      const to = this.ground.hostNamed(name);
      if (to && to !== host) this.ground.connect({ purpose: "group", from: host, to, port });
    }
    if (groupOf(host) !== undefined || isWritable(config)) return;
    // A replica of a pair follows the one that is writable.
    for (const source of databases) {
      const other = source.mysql;
      if (other && !isUnknown(other) && isWritable(other))
        this.ground.connect({
          purpose: "replication",
          from: host,
          to: source,
          port: Number(other.get("port") ?? 3306),
        });
    }
  }
}

/** Name of the group that a server is a member of. */
export function groupOf(host: Host): string | undefined {
  const config = host.mysql;
  return config && !isUnknown(config) ? config.get("group_replication_group_name") : undefined;
}

/** Whom a member asks to be let into the group. */
function seedsOf(config: MysqlConfig): { name: string; port: number }[] {
  const seeds = config.get("group_replication_group_seeds")?.split(",") ?? [];
  return seeds.map((seed) => {
    const [name, port] = seed.trim().split(/:(?=\d+$)/);
    return { name, port: Number(port ?? GROUP_PORT) };
  });
}

function isWritable(config: MysqlConfig): boolean {
  return config.on("read_only") !== true && config.on("super_read_only") !== true;
}
