/**
 * `unit` needs nothing but Node, and Go for the linter of the workflows; `lab` needs root on Linux and runs one file
 * at a time against the one lab.
 */
const base = {
  testEnvironment: "node",
  transform: { "^.+\\.ts$": ["ts-jest", { diagnostics: false }] },
};
module.exports = {
  projects: [
    {
      ...base,
      displayName: "unit",
      testMatch: ["<rootDir>/tests/**/*.test.ts"],
      testPathIgnorePatterns: ["<rootDir>/tests/lab/"],
    },
    {
      ...base,
      displayName: "lab",
      testMatch: ["<rootDir>/tests/lab/**/*.test.ts"],
      globalSetup: "<rootDir>/tests/support/prepare-lab.ts",
    },
  ],
};
