import { projectDir, projectOf, repositoryDir } from "../../lab/commands/site";

test("a stack belongs to the first folder that has its file", () => {
  expect(projectOf("baseline", [projectDir, repositoryDir])).toBe(projectDir);
  expect(projectOf("dev", [projectDir, repositoryDir])).toBe(repositoryDir);
});

test("a stack without a file is refused, with the files that it was looked for in", () => {
  expect(() => projectOf("typo", [projectDir, repositoryDir])).toThrow(
    "stack: want one with a file lab/Pulumi.typo.yaml or Pulumi.typo.yaml, got none for typo; check the name",
  );
});
