/** Entry point of the plugin: starts the provider and prints its port, as Pulumi's engines expect. */
import { serve } from "./server";

serve().then(
  ({ port }) => process.stdout.write(`${port}\n`),
  (error: Error) => {
    process.stderr.write(`provider: cannot serve: ${error.message}\n`);
    process.exitCode = 1;
  },
);
