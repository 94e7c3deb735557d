/** A "no" as AWS says it: an error code, what is wrong, and the page that explains it. */
export class Refusal extends Error {
  constructor(
    /** AWS's error code, such as `InvalidSubnet.Conflict`. */
    readonly code: string,
    /** `field: want X, got Y; fix`. */
    readonly detail: string,
    /** Page of AWS's documentation. @default EC2's list of error codes */
    readonly link = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html",
  ) {
    super(`${code}: ${detail}; see ${link}`);
  }
}
