import type { Resource } from "../site/resources";

/** A condition about which somebody is told. */
export interface Alert {
  /** What people know it by. */
  name: string;
  /** What made it: a monitor, or the host that evaluates it. */
  resource: Resource;
  /** Which of the things that make it actionable it lacks, in words that follow "lacks". */
  lacking: string[];
  /** What nobody can know of it yet: the path of a property. */
  unknown?: string;
  /** It compares how fast the error budget burns over a long and over a short window. */
  burnRate: boolean;
}

/** What a set of alerts lacks as a whole. */
export interface Shortcoming {
  resource?: Resource;
  message: string;
}
