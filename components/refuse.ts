import * as pulumi from "@pulumi/pulumi";

/**
 * Ends the program with every problem of a component's arguments at once, and without a stack trace: whoever reads
 * it is to change a setting, not this code.
 * @throws pulumi.ResourceError when there is at least one problem.
 */
export function refuse(resource: pulumi.Resource, name: string, problems: string[]): void {
  if (problems.length > 0)
    throw new pulumi.ResourceError(
      problems.map((problem) => `${name}: ${problem}`).join("\n"),
      resource,
      true,
    );
}
