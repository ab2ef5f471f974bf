import type { Finding } from '../../../model/finding.ts';

/** Which cause an exception of the server names, by code and, where one code has several causes, by text. */
export interface ExceptionCause {
  codes: readonly number[];
  /** What else the text must say, where one code has several causes. */
  when?: RegExp;
  cause: string;
  side: Finding['side'];
  confidence: Finding['confidence'];
  summary: string;
  remedies: readonly string[];
}
