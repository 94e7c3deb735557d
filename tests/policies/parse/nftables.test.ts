import { acceptedPorts, parseNftables } from "../../../policies/parse/nftables";

const PATH = "/etc/nftables.conf";
const parse = (text: string, others: Record<string, string> = {}) =>
  parseNftables(
    text,
    PATH,
    new Map(Object.entries(others).map(([path, content]) => [path, { path, content }])),
  );
const chainOf = (rules: string, policy = "drop") =>
  parse(`table inet f {
  set web { type inet_service; elements = { 80, 443 } }
  chain other { tcp dport 9000-9001 accept; }
  chain input {
    type filter hook input priority filter; policy ${policy};
${rules}
  }
}`).tables[0].chains.find(({ name }) => name === "input")!;

describe("a ruleset", () => {
  test("has tables, chains and sets, with variables, comments and lines that go on", () => {
    const [table] = parse(`#!/usr/sbin/nft -f
flush ruleset
define LB = { 10.0.0.1, 10.0.0.2 } # both
table inet filter {
  set admins { type ipv4_addr; flags interval; elements = { 10.1.0.0/24,
    10.2.0.1 } }
  counter c { packets 0 bytes 0 }
  chain input {
    type filter hook input priority filter - 5; policy drop;
    ip saddr $LB tcp dport 8080 \\
      accept comment "a; b # c"
    ip saddr @admins tcp dport ssh accept
  }
  chain plain { }
}
add rule inet filter plain tcp dport 1 accept
insert rule inet filter plain tcp dport 2 drop
add element inet filter admins { 10.3.0.1 }
`).tables;
    expect(table).toMatchObject({ family: "inet", name: "filter" });
    expect(table.sets).toEqual([{ name: "admins", elements: ["10.1.0.0/24", "10.2.0.1", "10.3.0.1"] }]);
    expect(table.chains[0]).toMatchObject({
      type: "filter",
      hook: "input",
      priority: "filter - 5",
      policy: "drop",
    });
    expect(table.chains[0].rules.map(({ words, line }) => [words.join(" "), line])).toEqual([
      ["ip saddr { 10.0.0.1 , 10.0.0.2 } tcp dport 8080 accept comment a; b # c", 10],
      ["ip saddr @admins tcp dport ssh accept", 12],
    ]);
    expect(table.chains[1].rules.map(({ words }) => words.join(" "))).toEqual([
      "tcp dport 2 drop",
      "tcp dport 1 accept",
    ]);
    expect(table.chains[1].policy).toBeUndefined();
  });

  test("is what is left after its commands, and includes what user data carries", () => {
    const { tables } = parse(
      'table ip a { }\nflush ruleset\ninclude "nft.d/*.nft"\ninclude "/none/*"\ntable c { }\ndelete table ip c\n',
      { "/etc/nft.d/b.nft": "table ip6 b { }" },
    );
    expect(tables.map(({ family, name }) => `${family} ${name}`)).toEqual(["ip6 b"]);
  });

  test.each([
    ["foo", "1: want a table or a command, got foo"],
    ["table inet f {\n chain i {\n", '2: want "}", got the end of the file'],
    ["table inet f {\n foo\n}", "2: want a chain or a set, got foo"],
    [
      "table inet f { chain i { policy reject; } }",
      "1: want policy accept or policy drop, got policy reject",
    ],
    ["table f { chain i { tcp dport $X accept } }", "1: want a variable that is defined, got $X"],
    ["define X { }", '1: want "=" after X, got {'],
    ['table f { chain i { log prefix "x\n } }', '1: want a closing ", got the end of the line'],
    ["add rule inet f i accept", "1: want a table that is declared, got inet f"],
    ["table f { }\nadd rule f i accept", "2: want a chain that is declared, got i"],
    ['include "/etc/x.nft"', "1: want an include that user data carries, got /etc/x.nft"],
    [
      "table f { }\ndelete rule f i handle 3",
      "2: want rules and sets as they will be, got delete rule f i handle 3",
    ],
  ])("%j is refused", (text, message) => {
    expect(() => parse(text)).toThrow(new Error(`${PATH}:${message}`));
  });
});

describe("ports that a new connection may reach", () => {
  test.each([
    ["", []],
    ["tcp dport 22 accept", [22]],
    ["tcp dport { https, 80, 8000-8001 } accept", [80, 443, 8000, 8001]],
    ["ip saddr 10.0.0.0/8 tcp dport @web ct state new counter accept", [80, 443]],
    ["ct state established,related accept\nct state { established, related } accept", []],
    ["ct state vmap { established : accept, related : accept, invalid : drop }", []],
    ['iif lo accept\niifname "lo" accept', []],
    ['oif lo accept\noifname "lo" accept', []],
    ["ip protocol icmp accept\nmeta l4proto { icmp, ipv6-icmp } accept\nicmpv6 type echo-request accept", []],
    ["udp dport 53 accept\nmeta l4proto { tcp, udp } th dport 853 accept", [853]],
    ["ip saddr 10.0.0.1 accept", ["any"]],
    ["tcp dport != 22 accept", ["any"]],
    ["tcp dport vmap { 22 : accept, 80 : drop, 9000 : jump other }", [22, 9000]],
    ["ip saddr 10.0.0.1 jump other", [9000, 9001]],
    ["tcp dport 22 accept\ndrop\ntcp dport 23 accept", [22]],
    ['tcp dport 22 log prefix "accept " drop', []],
    ["tcp dport unheard-of accept", ["any"]],
  ])("%j", (rules, ports) => {
    expect(acceptedPorts(chainOf(rules))).toEqual(ports);
  });

  test("are any where the policy accepts, unless a rule refuses the rest", () => {
    expect(acceptedPorts(chainOf("tcp dport 22 accept", "accept"))).toEqual(["any", 22]);
    expect(acceptedPorts(chainOf("tcp dport 22 accept\nreject with tcp reset", "accept"))).toEqual([22]);
  });
});
