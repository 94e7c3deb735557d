import { readFileSync } from "node:fs";

/** One line of a process's mountinfo. */
export interface Mount {
  /** `major:minor` of the mounted file system. */
  device: string;
  target: string;
  type: string;
  source: string;
}

/** What is mounted for a process, oldest first; nothing when the process is gone. @param pid default: this one */
export function mountsOf(pid: number | "self" = "self"): Mount[] {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/mountinfo`, "utf8");
  } catch {
    return [];
  }
  return text
    .split("\n")
    .filter((line) => line.includes(" - "))
    .map((line) => {
      const [left, right] = line.split(" - ");
      const [, , device, , target] = left.split(" ");
      const [type, source] = right.split(" ");
      return { device, target: unescape(target), type, source: unescape(source) };
    });
}

/** mountinfo writes blanks as octal numbers. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}
