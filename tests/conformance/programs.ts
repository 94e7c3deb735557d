/** Small programs, each with its life: what is run, changed and run again on both sides. */
import type { Stage } from "./side";

export interface Program {
  name: string;
  stages: Stage[];
  /** Text of a policy pack's index.js that judges previews and ups. */
  pack?: string;
}

/** Made, changed (first as a preview) and deleted. */
const life = (first: string, second: string): Stage[] => [
  { command: "up", program: first },
  { command: "preview", program: second },
  { command: "up", moved: true },
  { command: "destroy" },
];

const chain = (size: number, options: string): string => `
  const a = new File("a", { size: ${size}, replaceOn: ["size"] }, { ${options} });
  const b = new File("b", { from: a.computed, replaceOn: ["from"] });
  new File("c", { note: a.computed });
  new File("d", { of: b.computed, replaceOn: ["of"] }, { dependsOn: [a] });
`;

export const programs: Program[] = [
  {
    name: "components, secrets, unknowns, invokes and outputs",
    stages: [
      {
        command: "preview",
        program: `
          const config = new pulumi.Config("files");
          const group = new Group("group");
          const a = new File("a", { size: 1, password: pulumi.secret("quiet"), nested: { list: [1, { x: pulumi.secret(2) }] } }, { parent: group });
          const b = new File("b", { from: a.computed, all: pulumi.all([a.computed, a.token]) }, { parent: a, additionalSecretOutputs: ["computed"] });
          new File("c", { text: new pulumi.asset.StringAsset("hello"), fixed: "f" }, { dependsOn: [group] });
          group.registerOutputs({ first: a.computed });
          const echo = pulumi.runtime.invoke("files:index:echo", { text: "hello" }, { version: "1.2.3" });
          module.exports = { seen: b.computed, hidden: a.token, echo, plain: { list: [1, "two"] } };
        `,
      },
      { command: "up", moved: true },
      { command: "preview" },
      { command: "destroy" },
    ],
  },
  { name: "replacement, created first, with dependents", stages: life(chain(1, ""), chain(2, "")) },
  {
    name: "replacement, deleted first, with dependents",
    stages: life(chain(1, "deleteBeforeReplace: true"), chain(2, "deleteBeforeReplace: true")),
  },
  {
    name: "protection, refused and lifted",
    stages: [
      { command: "up", program: `new File("a", { size: 1, replaceOn: ["size"] }, { protect: true });` },
      { command: "preview", program: `new File("a", { size: 2, replaceOn: ["size"] }, { protect: true });` },
      { command: "up" },
      { command: "destroy" },
      {
        command: "up",
        program: `new File("a", { size: 2, replaceOn: ["size"] }, { protect: false });`,
        moved: true,
      },
      { command: "destroy" },
    ],
  },
  {
    name: "aliases of every kind, inherited, over two renames",
    stages: ((): Stage[] => {
      const text = (suffix: string, type: string, alias: (name: string, more?: string) => string) => `
        const provider = new (class extends pulumi.ProviderResource {})("files", "explicit${suffix}",
          { folder: new pulumi.Config("files").require("folder") }, { ${alias("explicit")} });
        const group = new Group("group${suffix}", { ${alias("group", type === "" ? "" : 'type: "test:index:Group"')} }, "test:${type || "index"}:Group");
        const a = new File("group${suffix}-a", { size: 1 }, { parent: group, provider });
        const b = new File("b${suffix}", { from: a.computed }, { provider, deletedWith: a, ${alias("b")} });
        new File("c", { of: b.computed }, { provider, dependsOn: [group, b] });
      `;
      const named = (before: string) => (name: string, more?: string) =>
        `aliases: [{ name: "${name}${before}"${more ? `, ${more}` : ""} }]`;
      return [
        { command: "up", program: text("", "", () => "") },
        { command: "preview", program: text("-two", "", named("")) },
        { command: "up" },
        { command: "up", program: text("-three", "web", named("-two")), moved: true },
        { command: "up", program: text("-three", "web", () => "") },
        { command: "destroy" },
      ];
    })(),
  },
  {
    name: "two resources that claim one record",
    stages: [
      { command: "up", program: `new File("a");` },
      {
        command: "preview",
        program: `const b = new File("b", {}, { aliases: [{ name: "a" }] }); new File("c", {}, { aliases: [{ name: "a" }], dependsOn: [b] });`,
      },
      {
        command: "up",
        program: `const b = new File("b", {}, { aliases: [{ name: "a" }] }); new File("a", {}, { dependsOn: [b] });`,
      },
    ],
  },
  {
    name: "ignoreChanges, replaceOnChanges, deletedWith, retainOnDelete and timeouts",
    stages: ((): Stage[] => {
      const text = (size: number) => `
        const a = new File("a", { size: ${size} }, { replaceOnChanges: ["size"] });
        new File("b", { size: ${size}, tag: ${size}, map: { x: ${size}, y: ${size} } }, { ignoreChanges: ["size", "map.x"] });
        new File("kept", { size: ${size}, replaceOn: ["size"] }, { retainOnDelete: true });
        new File("slow", { size: ${size} }, { customTimeouts: { create: "1h1m1.5s", update: "90s", delete: "500ms" } });
        new File("with", { size: 1 }, { deletedWith: a });
        ${size === 1 ? 'new File("dropped", {}, { retainOnDelete: true });' : ""}
      `;
      return life(text(1), text(2));
    })(),
  },
  {
    name: "hooks",
    stages: ((): Stage[] => {
      const text = (size: number) => `
        const { appendFileSync } = require("node:fs");
        const note = (kind) => new pulumi.ResourceHook(kind, (args) => appendFileSync("hooks.log", kind + " " + args.name + "\\n"));
        const hooks = Object.fromEntries(["beforeCreate", "afterCreate", "beforeUpdate", "afterUpdate", "beforeDelete", "afterDelete"].map((kind) => [kind, [note(kind)]]));
        const a = new File("a", { size: ${size}, replaceOn: ["size"] }, { hooks });
        new File("b", { from: a.computed }, { hooks });
        ${size === 1 ? 'new File("c", {}, { hooks });' : ""}
      `;
      return [...life(text(1), text(2)).slice(0, 3), { command: "destroy", runProgram: true }];
    })(),
  },
  {
    name: "a failing step, and the mended program",
    stages: ((): Stage[] => {
      const text = (fail: string) => `
        const a = new File("a", { size: 1 });
        const bad = new File("bad", { of: a.computed ${fail} });
        new File("after", { from: bad.computed });
      `;
      return [
        { command: "up", program: text(', fail: "no room left"') },
        { command: "up", program: text(', initError: "did not boot"') },
        { command: "up", program: text(""), moved: true },
        { command: "up", program: `new File("a", { size: 2, fail: "read-only" });` },
        { command: "destroy" },
      ];
    })(),
  },
  {
    name: "refresh: changed, gone, with what refers to it",
    stages: [
      {
        command: "up",
        program: `
          const group = new Group("group");
          const a = new File("a", { size: 1, secret: pulumi.secret("quiet") }, { parent: group, protect: true });
          const b = new File("b", { from: a.computed });
          new File("c", { of: b.computed }, { parent: b, deletedWith: b, dependsOn: [a, b] });
          new File("d", { size: 1, silentRead: true });
          new File("e", { size: 1 }, { ignoreChanges: ["size"] });
          module.exports = { from: a.computed };
        `,
      },
      {
        command: "refresh",
        tamper: { a: { size: 2 }, b: undefined, d: { size: 2, silentRead: true }, e: { size: 2 } },
      },
      { command: "preview" },
      { command: "up", tamper: { c: undefined }, refresh: true, moved: true },
      { command: "preview", tamper: { e: { tag: 3 } }, refresh: true },
    ],
  },
  {
    name: "a resource that cannot be read",
    stages: [
      {
        command: "up",
        program: `const a = new File("a", { failRead: "access denied" }); new File("b", { size: 1 });`,
      },
      { command: "refresh", tamper: { b: { size: 2 } } },
      { command: "up", refresh: true },
    ],
  },
  {
    name: "a policy pack",
    pack: `
      const { PolicyPack } = require("@pulumi/policy");
      new PolicyPack("conformance", { policies: [
        { name: "no-seven", description: "no size is seven", enforcementLevel: "mandatory",
          validateResource: ({ props }, report) => { if (props.size === 7) report("size is 7"); } },
        { name: "tagged", description: "files have tags", enforcementLevel: "advisory",
          validateResource: ({ type, props }, report) => { if (type === "files:index:File" && props.tag === undefined) report("no tag"); } },
        { name: "few", description: "few files", enforcementLevel: "advisory",
          validateStack: ({ resources }, report) => { if (resources.length > 3) report("too many: " + resources.length); } },
        { name: "sized", description: "files have a size", enforcementLevel: "remediate",
          remediateResource: ({ type, props }) => type === "files:index:File" && props.size === undefined ? { ...props, size: 3 } : undefined },
      ] });
    `,
    stages: [
      {
        command: "preview",
        program: `const a = new File("a", { size: 7 }); new File("b", { tag: 1, from: a.computed });`,
      },
      { command: "up" },
      {
        command: "up",
        program: `const a = new File("a", { size: 1 }); new File("b", { tag: 1, from: a.computed });`,
      },
    ],
  },
];
