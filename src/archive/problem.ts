/** Why an archive is not what it should be. */
export interface Problem {
  /** Stable upper-case code; scripts may match it. */
  code: string;
  /** Path inside the archive. */
  file?: string;
  /** One sentence that names the file. */
  message: string;
}
