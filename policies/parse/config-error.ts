/** A configuration that the program which reads it would not understand either. */
export class ConfigError extends Error {
  /** @param path the file on the host. @param line counted from 1 */
  constructor(path: string, line: number, want: string, got: string) {
    super(`${path}:${line}: want ${want}, got ${got}`);
  }
}
