import { gzipSync } from "node:zlib";
import { cloudConfig, encodeUserData } from "../../../components/render/cloud-init";
import { parseUserData } from "../../../policies/parse/cloud-init";

const base64 = (text: string) => Buffer.from(text).toString("base64");
const read = (text: string) => parseUserData({ text });
const fileOf = (entry: string) =>
  [...read(`#cloud-config\nwrite_files:\n  - ${entry.replaceAll("\n", "\n    ")}\n`).files.values()][0];

describe("user data", () => {
  test("is read from what the program writes", () => {
    const text = cloudConfig({
      comment: "a host",
      hostname: "web-1",
      fqdn: "web-1.foobar.internal",
      files: [{ path: "/a", content: "one\n\n  two # 'x'\n", mode: "0600" }],
      commands: [["systemctl", "start", "x"]],
    });
    const { files, ...data } = parseUserData({ base64: encodeUserData(text) });
    expect(data).toEqual({
      text,
      hostname: "web-1",
      fqdn: "web-1.foobar.internal",
      commands: [["systemctl", "start", "x"]],
      packages: [],
    });
    expect([...files.values()]).toEqual([{ path: "/a", content: "one\n\n  two # 'x'\n", mode: "0600" }]);
  });

  test("is the same as text, as base64 and gzipped", () => {
    const text = "#cloud-config\nhostname: a\n";
    for (const source of [{ text }, { base64: base64(text) }, { base64: gzipSync(text).toString("base64") }])
      expect(parseUserData(source)).toMatchObject({ text, hostname: "a" });
  });

  test("runs bootcmd before runcmd, strings by a shell, and lists packages", () => {
    const { commands, packages } = read(
      "#cloud-config\nruncmd: [a b, [c, 1]]\nbootcmd: [d]\npackages: [nginx, [mysql, '8.4']]\n",
    );
    expect(commands).toEqual([
      ["sh", "-c", "d"],
      ["sh", "-c", "a b"],
      ["c", "1"],
    ]);
    expect(packages).toEqual(["nginx", "mysql"]);
  });

  test("is YAML 1.1 as PyYAML has it: octal modes, the last of a key that stands twice", () => {
    expect(fileOf("path: /a\npermissions: 0640\ncontent: x")).toEqual({
      path: "/a",
      mode: "0640",
      content: "x",
    });
    expect(read("#cloud-config\nhostname: a\nhostname: b\n").hostname).toBe("b");
  });

  test.each([
    [
      "write_files:\n- path: /a\n  content: |\n    - x\n\n    # y\n# z\n- {path: /b, content: |\n c}\n",
      undefined,
    ],
    [
      "write_files:\n  - path: /a\n    content: |\n      - x\n      hostname: c\n\n  # z\n  - path: /b\n",
      "- x\nhostname: c\n",
    ],
    ["write_files:\n- path: /a\n  content: |+\n    x\n\n- path: /b\npackages: []\n", "x\n\n"],
    ["x: &x |\n  y\nwrite_files:\n  - path: /a\n    content: *x\n", "y\n"],
    ["x: &x { path: /a }\nwrite_files:\n  - content: z\n    <<: *x\n", "z"],
    ['write_files:\n  - path: /a\n    content: "q\n      - r"\n', "q - r"],
    ["write_files:\r\n  - path: /a\r\n    content: x\r\n", "x"],
    ["write_files:\n  - path: /a\n---\nhostname: b\n", undefined],
  ])("%j is one document, whatever its hosts share", (text, content) => {
    const whole = () => read(`#cloud-config\n${text}`);
    if (content === undefined) expect(whole).toThrow("want YAML");
    else expect(whole().files.get("/a")?.content).toBe(content);
  });

  test.each([
    ["b64", base64("é\n")],
    ["gzip+base64", gzipSync("é\n").toString("base64")],
    ["gz+b64", gzipSync("é\n").toString("base64")],
    ["gzip", `!!binary ${gzipSync("é\n").toString("base64")}`],
    ["text/plain", `"é\\n"`],
  ])("decodes a file's %s", (encoding, content) => {
    expect(fileOf(`path: /a\nencoding: ${encoding}\ncontent: ${content}`).content).toBe("é\n");
  });

  test("appends to a file that it wrote before", () => {
    const { files } = read(
      "#cloud-config\nwrite_files:\n  - {path: /a, content: 1}\n  - {path: /a, content: 2, append: true}\n",
    );
    expect(files.get("/a")!.content).toBe("12");
  });

  test("is a script alone", () => {
    expect(read("#!/bin/sh\ntrue\n").commands).toEqual([["sh", "-c", "#!/bin/sh\ntrue\n"]]);
  });

  test("is a MIME multipart of both, nested and encoded", () => {
    const text = `Content-Type: multipart/mixed;
 boundary="==A=="
MIME-Version: 1.0

--==A==
Content-Type: text/cloud-config; charset="utf-8"
Content-Transfer-Encoding: base64

${base64("#cloud-config\nhostname: a\n")}
--==A==
Content-Type: multipart/mixed; boundary=B

--B
Content-Type: text/x-shellscript
Content-Transfer-Encoding: quoted-printable

#!/bin/sh
echo =C3=A9 =
there
--B--
--==A==--
`;
    expect(read(text)).toMatchObject({ hostname: "a", commands: [["sh", "-c", "#!/bin/sh\necho é there"]] });
  });

  test.each([
    [
      "#include\nhttps://example.com/x\n",
      '1: want #cloud-config, a #! script or MIME parts, got "#include\\nhttps://example.com/x\\n"',
    ],
    ["#cloud-config\nruncmd: x\n", "1: want a list in runcmd, got string"],
    ["#cloud-config\nruncmd: [{a: 1}]\n", '1: want a string or a list in runcmd, got {"a":1}'],
    ["#cloud-config\nwrite_files: [{content: x}]\n", "1: want a path in each of write_files, got nothing"],
    [
      "#cloud-config\nwrite_files: [{path: /a, encoding: rot13}]\n",
      "1: want an encoding that cloud-init knows for /a, got rot13",
    ],
    [
      "#cloud-config\na: [1\n",
      "3: want YAML, got Flow sequence in block collection must be sufficiently indented and end with a ]",
    ],
    ["#cloud-config\n- a\n", "1: want a mapping, got a list"],
    [
      "MIME-Version: 1.0\nContent-Type: multipart/mixed\n\nx",
      "1: want a boundary in Content-Type, got multipart/mixed",
    ],
    [
      "Content-Type: multipart/mixed; boundary=B\n\n--B\n\n#!/x\n",
      "6: want --B-- at the end, got the end of the text",
    ],
    [
      "Content-Type: text/x-include-url\n\nx",
      "1: want a part of type text/cloud-config, text/x-shellscript, text/plain, got text/x-include-url",
    ],
    [
      "Content-Type: text/plain\nContent-Transfer-Encoding: x\n\n#!/x",
      "1: want a Content-Transfer-Encoding of MIME, got x",
    ],
  ])("%j is refused", (text, message) => {
    expect(() => read(text)).toThrow(new Error(`user data:${message}`));
  });

  test("that is half a gzip file is refused", () => {
    const half = gzipSync("#cloud-config\n").subarray(0, 12).toString("base64");
    expect(() => parseUserData({ base64: half })).toThrow(
      new Error("user data:1: want a whole gzip file, got unexpected end of file"),
    );
  });
});
