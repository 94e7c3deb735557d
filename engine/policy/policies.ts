import type * as pb from "@pulumi/pulumi/proto/analyzer_pb";
import { hashAssets } from "../assets";
import { diffInputs } from "../diff";
import type { Change, Listener } from "../events";
import { ResourceProblem } from "../planner";
import { fromStruct } from "../rpc";
import { shown } from "../changes";
import { annotateSecrets, type Properties } from "../values";
import type { Analyzer } from "./analyzer";
import { levelName, severityName } from "./info";
import { redact, secretTexts } from "./redact";
import { resourceRequest, stackRequest, type Reviewed } from "./request";

export interface PoliciesOptions {
  preview: boolean;
  /** The root stack's URN, for violations that name no resource. */
  stackUrn: string;
  /** What relative paths of assets are relative to. */
  folder: string;
  /** Secret settings of the stack. */
  secrets: string[];
}

/** The SDK's reasons why a policy has nothing to say of a resource, which tell nobody anything. */
const NOISE = /^$|^Policy (only applies to resources of type |does not implement )/;

/** The policy packs of a run: mends and judges every resource before its step, and the stack at the end. */
export class Policies {
  /** True when a mandatory policy was violated: the run has failed. */
  violated = false;
  private readonly reviewed = new Set<string>();

  constructor(
    private readonly analyzers: Analyzer[],
    private readonly options: PoliciesOptions,
    private readonly emit: Listener,
  ) {
    for (const { info, path, sdk, unknownPolicies } of analyzers) {
      const { name: pack, version, policies } = info;
      emit({ type: "policy", kind: "pack", pack, version, path, sdk, policies });
      if (unknownPolicies.length === 0) continue;
      const text = `policy pack ${pack}: its configuration names policies that it does not have: ${unknownPolicies.join(", ")}`;
      emit({ type: "diagnostic", severity: "warning", urn: "", text });
    }
  }

  /**
   * Has a resource's checked inputs mended, and then judged, before anything is done to it. Inputs that are checked
   * anew later, for a replacement, are mended again without a word.
   * @returns the inputs to go on with
   * @throws ResourceProblem when a policy fails, or when an update would violate a mandatory one
   */
  async review(resource: Reviewed): Promise<Properties> {
    const { urn } = resource.state;
    const again = this.reviewed.has(urn);
    this.reviewed.add(urn);
    try {
      const mended = { ...resource, properties: await this.remediate(resource, again) };
      if (!again) await this.analyze(mended);
      return mended.properties;
    } catch (error) {
      throw error instanceof ResourceProblem ? error : new ResourceProblem(urn, (error as Error).message);
    }
  }

  /** Judges all resources together. @throws Error when a policy fails */
  async analyzeStack(resources: Reviewed[]): Promise<void> {
    const analyzers = this.analyzers.filter((analyzer) => analyzer.runs("analyzeStack"));
    if (analyzers.length === 0) return;
    const request = stackRequest(resources);
    const byUrn = new Map(resources.map((resource) => [resource.state.urn, resource]));
    await Promise.all(
      analyzers.map(async (analyzer) => {
        const response = await analyzer.analyzeStack(request);
        const found = response.getDiagnosticsList();
        const secrets = found.length > 0 ? this.secretsOf(resources) : [];
        for (const diagnostic of found) {
          const named = byUrn.has(diagnostic.getUrn()) ? diagnostic.getUrn() : this.options.stackUrn;
          this.violate(analyzer, diagnostic, named, byUrn.get(named)?.state.sourcePosition, secrets);
        }
        for (const policy of response.getNotApplicableList()) this.pass(analyzer, policy);
      }),
    );
  }

  /** One pack after the other, and in each one policy after the other: each sees what those before it made. */
  private async remediate(resource: Reviewed, quiet: boolean): Promise<Properties> {
    let { properties } = resource;
    for (const analyzer of this.analyzers) {
      if (!analyzer.runs("remediate")) continue;
      const response = await analyzer.remediate(resourceRequest({ ...resource, properties }, true));
      for (const remediation of response.getRemediationsList()) {
        const before = properties;
        if (remediation.getDiagnostic() === "") {
          // A policy that builds values of its own may lose what Pulumi notes on them.
          const made = annotateSecrets(fromStruct(remediation.getProperties()), before);
          properties = hashAssets(made, this.options.folder);
        }
        if (!quiet) this.tellRemediation(analyzer, remediation, resource, before, properties);
      }
      if (!quiet) response.getNotApplicableList().forEach((policy) => this.pass(analyzer, policy, resource));
    }
    return properties;
  }

  private tellRemediation(
    { info: { name: pack, version } }: Analyzer,
    remediation: pb.Remediation,
    { state: { urn, sourcePosition }, properties }: Reviewed,
    before: Properties,
    after: Properties,
  ): void {
    const policy = remediation.getPolicyname();
    const told = { type: "policy", pack, version, policy, urn, sourcePosition } as const;
    const description = remediation.getDescription();
    if (remediation.getDiagnostic() !== "") {
      const message = redact(remediation.getDiagnostic(), this.secretsOf([{ properties }]));
      return this.emit({ ...told, kind: "violation", level: "advisory", message, description });
    }
    const changes: Change[] = Object.entries(diffInputs(before, after).detailed ?? {}).map(
      ([path, property]) => ({ path, ...property, old: shown(before, path), new: shown(after, path) }),
    );
    if (changes.length > 0) this.emit({ ...told, kind: "remediation", description, changes });
  }

  private async analyze(resource: Reviewed): Promise<void> {
    const analyzers = this.analyzers.filter((analyzer) => analyzer.runs("analyze"));
    if (analyzers.length === 0) return;
    const { urn, sourcePosition } = resource.state;
    const request = resourceRequest(resource);
    const broken: string[] = [];
    await Promise.all(
      analyzers.map(async (analyzer) => {
        const response = await analyzer.analyze(request);
        const found = response.getDiagnosticsList();
        const secrets = found.length > 0 ? this.secretsOf([resource]) : [];
        for (const diagnostic of found) {
          if (this.violate(analyzer, diagnostic, urn, sourcePosition, secrets))
            broken.push(diagnostic.getPolicyname());
        }
        response.getNotApplicableList().forEach((policy) => this.pass(analyzer, policy, resource));
      }),
    );
    // A preview goes on, so that all violations are seen.
    if (broken.length === 0 || this.options.preview) return;
    const names = [...new Set(broken)].sort().join(", ");
    throw new ResourceProblem(
      urn,
      `nothing was done to it, because it violates mandatory policies: ${names}`,
    );
  }

  /** @returns whether the violation is of a mandatory policy */
  private violate(
    { info }: Analyzer,
    diagnostic: pb.AnalyzeDiagnostic,
    urn: string,
    sourcePosition: string | undefined,
    secrets: string[],
  ): boolean {
    const name = levelName(diagnostic.getEnforcementlevel());
    const policy = diagnostic.getPolicyname();
    // What is still wrong after a remediation is as bad as what cannot be remediated.
    const level = name === "advisory" ? "advisory" : "mandatory";
    const declared = info.policies.find((known) => known.name === policy);
    this.emit({
      type: "policy",
      kind: "violation",
      pack: info.name,
      version: info.version,
      policy,
      level,
      severity: severityName(diagnostic.getSeverity()) ?? declared?.severity,
      urn,
      sourcePosition,
      message: redact(diagnostic.getMessage(), secrets),
      description: diagnostic.getDescription(),
    });
    this.violated ||= level === "mandatory";
    return level === "mandatory";
  }

  private pass({ info }: Analyzer, passed: pb.PolicyNotApplicable, resource?: Reviewed): void {
    if (resource && NOISE.test(passed.getReason())) return;
    const { urn, sourcePosition } = resource?.state ?? {};
    const reason = redact(passed.getReason(), resource ? this.secretsOf([resource]) : this.options.secrets);
    const { name: pack, version } = info;
    const policy = passed.getPolicyName();
    this.emit({ type: "policy", kind: "not-applicable", pack, version, policy, reason, urn, sourcePosition });
  }

  private secretsOf(resources: Pick<Reviewed, "properties">[]): string[] {
    return [...secretTexts(resources.map(({ properties }) => properties)), ...this.options.secrets];
  }
}
