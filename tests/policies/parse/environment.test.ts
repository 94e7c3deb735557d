import { parseEnvironment } from "../../../policies/parse/environment";

const parse = (text: string) => parseEnvironment(text, "/etc/x.env");

describe("a file of variables", () => {
  test.each([
    ["A=1\n# no\n\nB=two words\n", { A: "1", B: "two words" }],
    [`export A="a b" # c`, { A: "a b" }],
    ["A='a # \"b\"'", { A: 'a # "b"' }],
    ["A=a#b", { A: "a#b" }],
    [String.raw`A="say \"x\" \n \$Y"`, { A: String.raw`say "x" \n $Y` }],
    ["A=a\\\nb\nB=2", { A: "ab", B: "2" }],
    ['A="a\nb"\nB=2', { A: "a\nb", B: "2" }],
    ["A=", { A: "" }],
    ["A=1\nA=2", { A: "2" }],
  ])("%j", (text, want) => {
    expect(parse(text)).toEqual(want);
  });

  test.each([
    ["A=1\nB", "2: want NAME=value, got B"],
    ["A=1\nB='x", "2: want a closing quote, got the end of the file"],
  ])("%j is refused", (text, message) => {
    expect(() => parse(text)).toThrow(new Error(`/etc/x.env:${message}`));
  });
});
