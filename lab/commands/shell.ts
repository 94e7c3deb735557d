/** `make shell` and `make logs`: onto a host without SSH, as a console would. */
import { spawnSync } from "node:child_process";
import { hostByName } from "../cloud/client";
import { leaderPid } from "../machine/host";

/** Runs `argv` inside the host with this terminal; the command's exit code becomes ours. */
async function inside(name: string, argv: string[]): Promise<void> {
  const host = await hostByName(name);
  const pid = leaderPid(host.id);
  if (pid === undefined)
    throw new Error(`host ${name}: want running, got ${host.state}; see \`make status\``);
  const enter = [
    "--target",
    String(pid),
    "--mount",
    "--uts",
    "--ipc",
    "--net",
    "--pid",
    "--cgroup",
    "--wd=/",
  ];
  const env = {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin",
    HOME: "/root",
    TERM: process.env.TERM,
  };
  const { status, error } = spawnSync("/usr/bin/nsenter", [...enter, "--", ...argv], {
    stdio: "inherit",
    env,
  });
  if (error) throw error;
  process.exitCode = status ?? 1;
}

/** A root shell on the host, or `command` there. */
export async function shell(name: string, command: string[]): Promise<void> {
  await inside(name, command.length > 0 ? command : ["/bin/bash", "--login"]);
}

/** The host's journal, oldest line first. */
export async function logs(name: string, options: { lines: string; follow: boolean }): Promise<void> {
  const follow = options.follow ? ["--follow"] : [];
  await inside(name, ["journalctl", "--no-pager", `--lines=${options.lines}`, ...follow]);
}
