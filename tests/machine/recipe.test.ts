import {
  bareRecipe,
  parseMirrors,
  preferences,
  preset,
  recipe,
  recipeHash,
  sourcesList,
} from "../../lab/machine/recipe";

describe("the image's name", () => {
  it("is the same for the same recipe and another for every change of it", () => {
    expect(recipeHash()).toBe(recipeHash({ ...recipe }));
    const changed = Object.keys(recipe).map((key) => recipeHash({ ...recipe, [key]: ["changed"] }));
    expect(new Set([recipeHash(), ...changed]).size).toBe(Object.keys(recipe).length + 1);
  });
});

describe("package sources", () => {
  const lines = [
    "http://mirror.test/debian/|Debian|Debian",
    "http://mirror.test/debian-security/|Debian|Debian-Security",
    "http://vendor.test/|Vendor|Vendor",
  ];

  it("are the machine's own Debian archive and security archive, and no vendor's", () => {
    const text = sourcesList(recipe, parseMirrors(lines.join("\n")));
    expect(text).toContain("http://mirror.test/debian/ trixie main\n");
    expect(text).toContain("http://mirror.test/debian-security/ trixie-security main\n");
    expect(text).not.toContain("vendor.test");
  });

  it("are checked by signature, and only sid's may be out of date", () => {
    const all = sourcesList(recipe, parseMirrors(lines.join("\n")))
      .trim()
      .split("\n");
    expect(all).toHaveLength(4);
    for (const line of all)
      expect(line).toContain("signed-by=/usr/share/keyrings/debian-archive-keyring.gpg");
    expect(all.filter((line) => line.includes("check-valid-until=no"))).toEqual([all[3]]);
    expect(all[3]).toContain(" sid main");
  });

  it("do without a security archive when the machine has none", () => {
    expect(sourcesList(recipe, parseMirrors(lines[0]))).not.toContain("security");
  });

  it("are refused when apt knows no Debian archive", () => {
    expect(() => parseMirrors(lines[2])).toThrow("run `apt-get update` first");
    expect(() => parseMirrors("")).toThrow("got none");
  });

  it("take from sid nothing but the named sources", () => {
    const [other, pinned] = preferences(recipe).trim().split("\n\n");
    expect(other).toBe("Package: *\nPin: release n=sid\nPin-Priority: 100");
    expect(pinned).toContain("src:mysql-9.7");
    expect(pinned).toContain("Pin-Priority: 990");
  });
});

it("leaves an image bare: no program of the site, and no word about its services", () => {
  const site = /haproxy|nginx|apache|mysql-|node|prometheus|curl|pymysql/;
  expect(bareRecipe.packages.filter((name) => site.test(name))).toEqual([]);
  expect(preset(bareRecipe)).not.toMatch(site);
  expect(recipe.packages).toEqual(expect.arrayContaining([...bareRecipe.packages]));
});

it("lets no service of the site start by itself", () => {
  const text = preset(recipe);
  for (const unit of ["haproxy", "nginx", "mysql", "nftables"])
    expect(text).toContain(`disable ${unit}.service\n`);
  expect(text).toContain("disable prometheus*.service\n");
});
