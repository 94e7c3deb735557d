import { gunzipSync } from "node:zlib";
import { createHash, randomBytes } from "node:crypto";
import { encodeUserData, MAX_USER_DATA_BYTES } from "../../components/render";
import { allUserData, parseCloudConfig } from "../support/hosts";

describe("encodeUserData", () => {
  test("gives the text back after base64 and gunzip", () => {
    const text = allUserData()["lb-1.prometheus"];
    expect(gunzipSync(Buffer.from(encodeUserData(text), "base64")).toString()).toBe(text);
  });

  test("marks neither time nor operating system, so that the bytes are the same everywhere", () => {
    const bytes = Buffer.from(encodeUserData("#cloud-config\n"), "base64");
    expect(bytes.subarray(0, 10).toString("hex")).toBe("1f8b08000000000002ff");
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(
      createHash("sha256")
        .update(Buffer.from(encodeUserData("#cloud-config\n"), "base64"))
        .digest("hex"),
    );
  });

  test("refuses more than EC2 takes and says how much it was", () => {
    const incompressible = randomBytes(MAX_USER_DATA_BYTES).toString("base64");
    expect(() => encodeUserData(incompressible)).toThrow(
      /user data: want at most 16384 bytes compressed, got \d+/,
    );
  });

  test("leaves every kind of host far below the limit", () => {
    for (const text of Object.values(allUserData())) {
      expect(Buffer.from(encodeUserData(text), "base64").length).toBeLessThan(MAX_USER_DATA_BYTES / 2);
    }
  });
});

describe("cloud-config", () => {
  test.each(Object.entries(allUserData()))(
    "%s starts with the marker and boots by one command",
    (_, text) => {
      expect(text.startsWith("#cloud-config\n")).toBe(true);
      expect(parseCloudConfig(text).runcmd).toEqual([["systemctl", "start", "foobar-boot.service"]]);
    },
  );

  test.each(Object.entries(allUserData()))("%s holds no key, certificate or password", (_, text) => {
    expect(text).not.toMatch(/-----BEGIN|PRIVATE KEY|password\s*[:=](?! %s)|api_key\s*:/i);
  });

  test("writes every file once, with a mode that hides nothing and runs only the bootstrap", () => {
    for (const text of Object.values(allUserData())) {
      const files = parseCloudConfig(text).write_files;
      expect(new Set(files.map((file) => file.path)).size).toBe(files.length);
      for (const file of files) {
        expect(file.permissions).toBe(file.path === "/usr/local/sbin/foobar-bootstrap" ? "0755" : "0644");
        expect(file.content.endsWith("\n")).toBe(true);
      }
    }
  });
});
