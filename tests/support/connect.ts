/** Whether TCP connections get through, as seen from one place: the raw facts behind the firewall scenarios. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** `open`: accepted. `refused`: reached the host, nothing listens. `dropped`: no answer at all. */
export type Verdict = "open" | "refused" | "dropped";

/** Tries every `address:port` at once and prints one verdict a line. Standard library only: it runs on any host. */
const script = `
import selectors, socket, sys, time
sel, left = selectors.DefaultSelector(), {}
for target in sys.argv[2:]:
    host, port = target.rsplit(":", 1)
    s = socket.socket(); s.setblocking(False)
    try: s.connect((host, int(port)))
    except BlockingIOError: pass
    except OSError: print(target, "dropped"); continue
    sel.register(s, selectors.EVENT_WRITE, target); left[target] = s
end = time.monotonic() + float(sys.argv[1])
while left and time.monotonic() < end:
    for key, _ in sel.select(end - time.monotonic()):
        error = key.fileobj.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        print(key.data, "open" if error == 0 else "refused" if error == 111 else "dropped")
        sel.unregister(key.fileobj); left.pop(key.data).close()
for target in left: print(target, "dropped")
`;

function parseVerdicts(output: string): Map<string, Verdict> {
  return new Map(
    output
      .trim()
      .split("\n")
      .filter((line) => line.includes(" "))
      .map((line) => line.split(" ") as [string, Verdict]),
  );
}

/** The command that tries `targets` (address:port) and waits `timeoutSec` for answers. */
export function connectCommand(targets: string[], timeoutSec: number): string[] {
  return ["python3", "-c", script, String(timeoutSec), ...targets];
}

/** Reads what {@link connectCommand} printed; throws when a target is missing from it. */
export function verdicts(targets: string[], output: string): Map<string, Verdict> {
  const found = parseVerdicts(output);
  const missing = targets.filter((target) => !found.has(target));
  if (missing.length > 0) throw new Error(`no verdict for ${missing.join(", ")} in: ${output}`);
  return found;
}

/** Tries `targets` from a network namespace of the lab. */
export async function connectFrom(
  namespace: string,
  targets: string[],
  timeoutSec: number,
): Promise<Map<string, Verdict>> {
  const { stdout } = await run("nsenter", [
    `--net=/run/netns/${namespace}`,
    ...connectCommand(targets, timeoutSec),
  ]);
  return verdicts(targets, stdout);
}
