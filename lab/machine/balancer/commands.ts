import { backendOf, serverWords, type ServerKind } from "./config";
import type { BalancerGroup, BalancerTarget } from "./model";

/** A target as one backend of a running HAProxy sees it. */
export interface ServerState {
  backend: string;
  name: string;
  /** HAProxy's word: `UP`, `UP 1/2`, `DOWN`, `DOWN 1/2`, `DRAIN`, `MAINT`, `no check`. */
  status: string;
  /** Outcome of the last check, such as `L7OK` or `L4TOUT`; empty when there was none. */
  check: string;
  /** Status code of the last HTTP check; 0 when there was none. */
  code: number;
  /** Connections that it has. */
  connections: number;
}

/** Reads the answer of `show stat`. Pure. */
export function parseStates(csv: string): ServerState[] {
  const [header = "", ...rows] = csv.trim().split("\n");
  const columns = header.replace(/^# /, "").split(",");
  const at = (name: string): number => columns.indexOf(name);
  const [backend, name, status, check, code, connections] = [
    "pxname",
    "svname",
    "status",
    "check_status",
    "check_code",
    "scur",
  ].map(at);
  return rows.map((row) => {
    const cells = row.split(",");
    return {
      backend: cells[backend],
      name: cells[name],
      status: cells[status],
      // a star says that the check is under way
      check: cells[check].replace(/^\* ?/, ""),
      code: Number(cells[code]),
      connections: Number(cells[connections]),
    };
  });
}

/** Whether connections may go to it. */
export const isUp = ({ status }: ServerState): boolean => /^(UP|no check)/.test(status);

/** Commands that give a running HAProxy the targets of a group, and take away others. Pure; harmless when repeated. */
export function groupCommands(group: BalancerGroup, states: readonly ServerState[]): string[] {
  return (["up", "open"] as const).flatMap((kind) => {
    const backend = backendOf(group.id, kind);
    const present = states.filter((state) => state.backend === backend);
    const stale = present.filter(({ name }) => !group.targets.some((target) => target.name === name));
    return [
      ...group.targets.flatMap((target) =>
        targetCommands(
          group,
          target,
          kind,
          present.find(({ name }) => name === target.name),
        ),
      ),
      ...stale.flatMap((state) => removal(group, state)),
    ];
  });
}

function targetCommands(
  group: BalancerGroup,
  target: BalancerTarget,
  kind: ServerKind,
  state: ServerState | undefined,
): string[] {
  const server = `${backendOf(group.id, kind)}/${target.name}`;
  if (target.draining) return state === undefined ? [] : [`set server ${server} state drain`];
  if (state !== undefined && state.status !== "MAINT") {
    // one that comes back has to pass its checks again; where that would cut what it still has, it need not
    const anew = kind === "up" && state.status.startsWith("DRAIN") && !group.cutUnhealthy;
    return [...(anew ? [`set server ${server} health down`] : []), `set server ${server} state ready`];
  }
  const add =
    state === undefined ? [`add server ${server} ${serverWords(group, target, kind)} weight 0`] : [];
  const start =
    kind === "open"
      ? [`set server ${server} state ready`]
      : // a server comes out of maintenance as healthy: without weight nothing reaches it until that is put right
        [
          `set server ${server} weight 0`,
          `enable health ${server}`,
          `set server ${server} state ready`,
          `set server ${server} health down`,
        ];
  return [...add, ...start, `set server ${server} weight 1`];
}

/** Only a server without connections can be removed: until then it gets no new one. */
function removal(group: BalancerGroup, { backend, name, connections }: ServerState): string[] {
  const server = `${backend}/${name}`;
  const cut = group.cutForgotten ? [`shutdown sessions server ${server}`] : [];
  if (connections > 0) return [`set server ${server} state drain`, ...cut];
  return [`set server ${server} state maint`, `del server ${server}`];
}
