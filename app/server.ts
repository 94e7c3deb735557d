import type { Server } from "node:http";
import { hostname } from "node:os";
import { createAdaptorServer } from "@hono/node-server";
import { EnvironmentError, type Settings, readEnvironment } from "./environment";
import { jsonLog } from "./log";
import { migrateWhenPossible } from "./mysql/migrate";
import { MysqlStore } from "./mysql/store";
import { createApp } from "./routes";
import { stopServer } from "./shutdown";

const log = jsonLog((line) => process.stdout.write(line));

/** Reads the environment, or says everything that is wrong with it and ends the process. */
function settingsOrExit(): Settings {
  try {
    return readEnvironment(process.env);
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    log("error", "bad environment", { problems: error.problems });
    process.exit(1);
  }
}

function main(): void {
  const settings = settingsOrExit();
  const store = new MysqlStore(settings.database, log);
  const stop = new AbortController();
  const app = createApp({
    store,
    host: hostname().split(".")[0],
    log,
    isStopping: () => stop.signal.aborted,
  });
  const server = createAdaptorServer({
    fetch: app.fetch,
    serverOptions: {
      headersTimeout: 10_000,
      requestTimeout: 15_000,
      // Longer than nginx keeps its idle connections (60 s): it must be nginx that closes them.
      keepAliveTimeout: 75_000,
    },
  }) as Server;
  server.on("error", (error) => {
    log("error", "cannot listen", { reason: error.message });
    process.exit(1);
  });
  server.listen(settings.port, "127.0.0.1", () => {
    log("info", "listening", { port: settings.port, startMs: Math.round(performance.now()) });
  });
  void migrateWhenPossible(store.writer, log, stop.signal);

  const onSignal = (signal: NodeJS.Signals): void => {
    if (stop.signal.aborted) return;
    log("info", "stopping", { signal });
    stop.abort();
    void stopServer(server).then(async (finished) => {
      await store.close();
      log(finished ? "info" : "warning", "stopped", { finished });
      process.exit(0);
    });
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
}

process.on("uncaughtException", (error) => {
  log("error", "uncaught", { reason: error.message, stack: error.stack });
  process.exit(1);
});
main();
