import { connect } from "node:net";

/** How long HAProxy may take to answer. */
const timeoutMs = 5000;
/** Commands per question: their text must fit HAProxy's buffer of 16 KiB. */
const batch = 40;

/** Asks a running HAProxy over its admin socket, and gives all that it says. Rejects when it does not answer. */
export async function ask(socketPath: string, commands: readonly string[]): Promise<string> {
  let said = "";
  for (let from = 0; from < commands.length; from += batch)
    said += await askOnce(socketPath, commands.slice(from, from + batch).join(";"));
  return said;
}

function askOnce(socketPath: string, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    const socket = connect(socketPath);
    socket.setEncoding("utf8");
    socket.setTimeout(timeoutMs, () =>
      socket.destroy(new Error(`${socketPath}: want an answer within ${timeoutMs} ms, got none`)),
    );
    socket.on("connect", () => socket.write(`${line}\n`));
    socket.on("data", (text: string) => (said += text));
    socket.on("error", reject);
    socket.on("close", () => resolve(said));
  });
}
