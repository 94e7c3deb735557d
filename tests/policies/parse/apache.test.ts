import { parseApache } from "../../../policies/parse/apache";

const PATH = "/etc/apache2/apache2.conf";
const files = (texts: Record<string, string>) =>
  new Map(Object.entries(texts).map(([path, content]) => [path, { path, content }]));
const parse = (text: string, others: Record<string, string> = {}) => parseApache(text, PATH, files(others));

describe("apache2.conf", () => {
  test.each([
    ["A b c", ["b", "c"]],
    [`A "b c" 'd "e"'`, ["b c", 'd "e"']],
    [String.raw`A "say \"x\" \d"`, [String.raw`say "x" \d`]],
    ["A b # no comment", ["b", "#", "no", "comment"]],
    ["A b \\\n  c", ["b", "c"]],
  ])("%j", (text, words) => {
    expect(parse(text).directives[0].args).toEqual(words);
  });

  test("sections are blocks, names have no case, definitions are expanded", () => {
    const { directives, find } = parse(`# comment
Define port 443
<VirtualHost *:\${port}>
  sslengine on
  <Location "/a b">
    Require all denied
  </Location>
</virtualhost>
Listen \${port} \${other}
`);
    expect(directives[1]).toMatchObject({ name: "VirtualHost", args: ["*:443"], line: 3 });
    expect(find("SSLEngine")).toEqual([{ name: "sslengine", args: ["on"], line: 4, file: PATH }]);
    expect(find("Location")[0].args).toEqual(["/a b"]);
    expect(find("listen")[0].args).toEqual(["443", "${other}"]);
  });

  test("includes are resolved below ServerRoot, folders too; one that nobody carries stays", () => {
    const { directives } = parse(
      "IncludeOptional sites/*.conf\nServerRoot /srv\nInclude x.conf\nInclude dir\nInclude mods/*.load",
      {
        "/etc/apache2/sites/b.conf": "B",
        "/etc/apache2/sites/a.conf": "A",
        "/srv/x.conf": "X",
        "/srv/dir/y.conf": "Y",
      },
    );
    expect(directives.map(({ name, args }) => [name, ...args].join(" "))).toEqual([
      "A",
      "B",
      "ServerRoot /srv",
      "X",
      "Y",
      "Include mods/*.load",
    ]);
  });

  test.each([
    ["<A>\nB", "1: want </A>, got the end of the file"],
    ["<A>\n</B>", "2: want </A>, got </B>"],
    ["</A>", "1: want a directive or a section, got </A>"],
    ["<A", '1: want a ">" at the end of the line, got <A'],
    ['A "b', '1: want a closing ", got the end of the line'],
  ])("%j is refused", (text, message) => {
    expect(() => parse(text)).toThrow(new Error(`${PATH}:${message}`));
  });
});
