import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { SiteHooks } from "./lifecycle/hooks";
import { transportOf, transportsOf, type DatabaseForm, type Tls } from "./render";
import { tagsOf } from "./tags";

/** How hosts of different tiers, or of one tier, talk to each other. Both sides of a conversation must know it. */
export interface Terms {
  tls: Tls;
  tlsAlso?: Tls;
  database: DatabaseForm;
}

export interface TermsRecordArgs {
  bucket: pulumi.Input<string>;
  terms: Terms;
  hooks: SiteHooks;
}

/** Key of the terms that all hosts are on, in the site's bucket. */
export const REACHED_KEY = "terms/reached.json";

/**
 * What the hosts have agreed on, written down twice: before the first host is changed, where a change that would leave
 * two sides without a common language is refused, and after the last one, so that the next deployment knows how far
 * this one came.
 */
export class TermsRecord extends pulumi.ComponentResource {
  /** The first of the two records: what hosts wait for before they boot. */
  readonly intended: pulumi.Resource;
  private readonly content: string;

  constructor(
    private readonly label: string,
    private readonly args: TermsRecordArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("foobar:ops:TermsRecord", label, { terms: args.terms }, opts);
    this.content = JSON.stringify(args.terms);
    this.intended = this.write("intended", "terms/intended.json", {
      hooks: { beforeCreate: [args.hooks.agreed], beforeUpdate: [args.hooks.agreed] },
    });
    this.registerOutputs({});
  }

  /** To be called last: these were the last hosts to change. */
  reachedWith(dependsOn: pulumi.Resource[]): void {
    this.write("reached", REACHED_KEY, { dependsOn });
  }

  private write(role: string, key: string, opts: pulumi.CustomResourceOptions): pulumi.Resource {
    const { bucket } = this.args;
    return new aws.s3.BucketObjectv2(
      `${this.label}-${role}`,
      {
        bucket,
        key,
        content: this.content,
        contentType: "application/json",
        tags: tagsOf(this.label, "ops"),
      },
      { parent: this, ...opts },
    );
  }
}

/**
 * What is wrong with going from one to the other in one deployment, in which web servers change before the load
 * balancers do: as long as one of the old hosts is there, both sides must have a common language.
 */
export function checkTerms(before: Terms, after: Terms): string[] {
  const problems: string[] = [];
  if (!transportsOf(after).includes(transportOf(before.tls)))
    problems.push(
      before.tls !== "terminate" && after.tls !== "terminate"
        ? `foobar:tls: want a change from ${before.tls} to ${after.tls} by way of terminate, got it in one step; deploy foobar:tls terminate with foobar:tlsAlso ${before.tls} first`
        : `foobar:tls: want web servers that go on to serve load balancers of before (${before.tls}), got ${after.tls} alone; deploy it with foobar:tlsAlso ${before.tls} first, then remove that`,
    );
  return problems;
}
