import { parseNginx } from "../../../policies/parse/nginx";

const PATH = "/etc/nginx/nginx.conf";
const files = (texts: Record<string, string>) =>
  new Map(Object.entries(texts).map(([path, content]) => [path, { path, content }]));
const parse = (text: string, others: Record<string, string> = {}) => parseNginx(text, PATH, files(others));
const argsOf = (text: string) => parse(text).directives[0].args;

describe("words of nginx.conf", () => {
  test.each([
    ["a b c;", ["b", "c"]],
    ["a 'b c' \"d;e\";", ["b c", "d;e"]],
    [String.raw`a "say \"x\"" \'y\\ \d+\.php$;`, ['say "x"', String.raw`'y\ `.trim(), String.raw`\d+\.php$`]],
    ["a b#c # comment ; {\n;", ["b#c"]],
    ["a ${scheme}://$host$1;", ["${scheme}://$host$1"]],
    ['a b"c;', ['b"c']],
    ["a foo}bar;", ["foo}bar"]],
    ["a 'b\nc'\n  d;", ["b\nc", "d"]],
    [String.raw`a x\ty "p\nq";`, ["x\ty", "p\nq"]],
  ])("%j", (text, words) => {
    expect(argsOf(text)).toEqual(words);
  });

  test("counts lines through quotes and comments", () => {
    const { directives } = parse("# one\na 'x\ny';\nhttp {\n  b;\n}\n");
    expect(directives.map(({ name, line }) => [name, line])).toEqual([
      ["a", 2],
      ["http", 4],
    ]);
    expect(directives[1].block).toEqual([{ name: "b", args: [], line: 5, file: PATH }]);
  });
});

describe("includes", () => {
  test("bring what user data carries, by glob and below the main file's folder, in order", () => {
    const { directives, find } = parse("http { include conf.d/*.conf; include mime.types; }", {
      "/etc/nginx/conf.d/b.conf": "b;",
      "/etc/nginx/conf.d/a.conf": "a { include more/c; }",
      "/etc/nginx/conf.d/x/no.conf": "no;",
      "/etc/nginx/more/c": "c;",
    });
    expect(directives[0].block!.map(({ name, file }) => [name, file])).toEqual([
      ["a", "/etc/nginx/conf.d/a.conf"],
      ["b", "/etc/nginx/conf.d/b.conf"],
      ["include", PATH],
    ]);
    expect(find("c")).toHaveLength(1);
    expect(find("c", find("b"))).toHaveLength(0);
  });
});

test.each([
  ["a b", '1: want ";" or "{" after a, got the end of the file'],
  ["a\n}", '1: want ";" or "{" after a, got "}"'],
  ["}", '1: want a directive or the end of the file, got "}"'],
  [";", '1: want a directive, got ";"'],
  ["http {\n a;\n", '3: want "}" for the "{" of line 1, got the end of the file'],
  ["a 'b", "1: want a closing ', got the end of the file"],
  ['a "b"c;', '1: want white space, ";" or "{" after a closing ", got c'],
])("%j is refused", (text, message) => {
  expect(() => parse(text)).toThrow(new Error(`${PATH}:${message}`));
});

test("an include of itself is refused", () => {
  expect(() => parse("include a;", { "/etc/nginx/a": "include a;" })).toThrow(
    new Error("/etc/nginx/a:1: want includes that end, got include /etc/nginx/a inside of 10 others"),
  );
});
