import type { Rule } from "../../policies/rule";
import { RULES } from "../../policies/rules";
import { check, goodSite, type Fixture } from "../support/policies";
import { MUTATIONS, type Mutation } from "./mutations";
import { HARMLESS } from "./mutations/harmless";

// A mutation changes one host of many: what the others run is parsed once for all of them. The functions are pure.
jest.mock("../../policies/parse/cloud-init", () => {
  const actual = jest.requireActual<typeof import("../../policies/parse/cloud-init")>(
    "../../policies/parse/cloud-init",
  );
  const known = new Map<string, unknown>();
  return {
    ...actual,
    parseUserData: (source: Parameters<typeof actual.parseUserData>[0]) => {
      const key = JSON.stringify(source);
      if (!known.has(key)) known.set(key, actual.parseUserData(source));
      return known.get(key);
    },
  };
});

const good = goodSite();

const rulesOf = ({ caughtBy }: Mutation) => [caughtBy].flat().sort();

/** Rules with something to say: findings of any kind. */
function speaking(site: Fixture): string[] {
  return RULES.filter((rule) => (check(rule, site).findings ?? []).length > 0)
    .map(({ id }) => id)
    .sort();
}

/** What was found in every mutation so far. */
const caught = new Map<Mutation, string[]>();

function tryOut(mutation: Mutation): string[] {
  const site = good.copy();
  mutation.break(site);
  const found = speaking(site);
  caught.set(mutation, found);
  return found;
}

describe("the good site", () => {
  test.each(RULES.map((rule): [string, Rule] => [rule.id, rule]))("has no finding of %s", (_, rule) => {
    expect(check(rule, good)).toEqual({ findings: [] });
  });
});

describe("the same site in other words", () => {
  test.each(HARMLESS.map(({ change, make }): [string, (site: Fixture) => unknown] => [change, make]))(
    "has no finding with %s",
    (_, make) => {
      const site = good.copy();
      make(site);
      expect(speaking(site)).toEqual([]);
    },
  );

  test.each([{ loadBalancers: 3 }, { webServers: 30 }, { zones: 5, databases: 5 }])(
    "has no finding with %j",
    (size) => {
      expect(speaking(goodSite(size))).toEqual([]);
    },
  );
});

describe("single faults in the good site", () => {
  test.each(
    MUTATIONS.map((mutation): [string, string, Mutation] => [
      mutation.fault,
      rulesOf(mutation).join(" and "),
      mutation,
    ]),
  )("%s is caught by %s alone", (_, __, mutation) => {
    expect(tryOut(mutation)).toEqual(rulesOf(mutation));
  });

  test("are at least two for every rule, and each that two rules catch says why", () => {
    const expected = MUTATIONS.flatMap(rulesOf);
    expect(RULES.filter(({ id }) => expected.filter((one) => one === id).length < 2)).toEqual([]);
    expect(MUTATIONS.filter((one) => rulesOf(one).length > 1 !== (one.why !== undefined))).toEqual([]);
    expect(new Set(MUTATIONS.map(({ fault }) => fault)).size).toBe(MUTATIONS.length);
  });

  test("are all caught, and nothing else is", () => {
    let expected = 0;
    let found = 0;
    let both = 0;
    for (const mutation of MUTATIONS) {
      const rules = rulesOf(mutation);
      const said = caught.get(mutation) ?? tryOut(mutation);
      expected += rules.length;
      found += said.length;
      both += said.filter((id) => rules.includes(id)).length;
    }
    const recall = both / expected;
    const precision = both / found;
    process.stdout.write(
      `${MUTATIONS.length} single faults, ${RULES.length} rules: recall ${percent(recall)}, precision ${percent(precision)}\n`,
    );
    expect({ recall, precision }).toEqual({ recall: 1, precision: 1 });
  });
});

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
