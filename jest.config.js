/**
 * `unit` needs nothing but Node, pyflakes for the hosts' Python and Go for the linter of the workflows; `lab` needs
 * root on Linux and runs one file at a time against the one lab; `lab-own` makes labs of its own, which stand beside
 * that one; `lab-long` is what takes longer than CI should.
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
      testMatch: ["<rootDir>/tests/lab/*.test.ts"],
      globalSetup: "<rootDir>/tests/support/prepare-lab.ts",
    },
    {
      ...base,
      displayName: "lab-own",
      testMatch: ["<rootDir>/tests/lab/own/*.test.ts"],
      globalSetup: "<rootDir>/tests/support/prepare-lab.ts",
    },
    {
      ...base,
      displayName: "lab-long",
      testMatch: ["<rootDir>/tests/lab/long/*.test.ts"],
      globalSetup: "<rootDir>/tests/support/prepare-lab.ts",
    },
  ],
};
