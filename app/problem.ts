import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { FieldProblem } from "./drafts";

const TITLES: Partial<Record<ContentfulStatusCode, string>> = {
  400: "Bad request",
  403: "Forbidden",
  404: "Not found",
  405: "Method not allowed",
  413: "Content too large",
  415: "Unsupported media type",
  422: "Unprocessable content",
  500: "Internal error",
  503: "Service unavailable",
};

/** A request that cannot be served, in words for whoever sent it. Thrown by routes, shown by `errorResponse`. */
export class Problem extends Error {
  constructor(
    readonly status: ContentfulStatusCode,
    readonly detail: string,
    readonly errors: FieldProblem[] = [],
    /** Further response headers. */
    readonly headers: Record<string, string> = {},
  ) {
    super(detail);
  }

  get title(): string {
    return TITLES[this.status] ?? "Error";
  }

  /** The body for programs: RFC 9457, problem details. */
  toJSON(): Record<string, unknown> {
    const errors = this.errors.length > 0 ? { errors: this.errors } : {};
    return { type: "about:blank", title: this.title, status: this.status, detail: this.detail, ...errors };
  }
}
