import type { HttpStage, TlsFacts } from '../../model/http-exam.ts';
import type { HttpAnswer } from './answer.ts';
import type { Question } from './talk.ts';

/** Headers that may be kept: none of them carries a credential or a session. */
const KEPT =
  /^(?:server|date|content-(?:type|length|encoding)|connection|keep-alive|via|retry-after|www-authenticate|proxy-authenticate|x-clickhouse-[\w-]+|location)$/;
const BODY_CHARACTERS = 2000;

/** The exchange as text, as far as it may be seen: no credentials, no cookies, no addresses with a query. */
export class Transcript {
  readonly #lines: string[] = [];

  note(line: string): void {
    this.#lines.push(`* ${line}`);
  }

  stage({ stage, ms, outcome }: HttpStage): void {
    this.note(`${stage} ${outcome} after ${ms} ms`);
  }

  tls(facts: TlsFacts): void {
    this.note(`${facts.protocol}, certificate of ${facts.subject} (${facts.names}), signed by ${facts.issuer}`);
    this.note(`valid ${facts.valid_from} to ${facts.valid_to}${facts.error === undefined ? '' : `, ${facts.error}`}`);
  }

  question({ method, path, headers = {}, body }: Question): void {
    this.#lines.push(`> ${method} ${path} HTTP/1.1`);
    for (const name of Object.keys(headers)) this.#lines.push(`> ${name}: (not kept)`);
    if (body !== undefined) this.#lines.push('>', `> ${body}`);
  }

  answer({ status, headers, body }: HttpAnswer): void {
    this.#lines.push(`< HTTP ${status}`);
    for (const [name, value] of Object.entries(headers)) {
      if (!KEPT.test(name)) this.#lines.push(`< ${name}: (not kept)`);
      else
        this.#lines.push(
          `< ${name}: ${name === 'location' ? value.replace(/\?.*$/, '?…').replace(/\/\/[^/@]*@/, '//') : value}`,
        );
    }
    this.#lines.push('<', ...body.slice(0, BODY_CHARACTERS).trimEnd().split('\n'));
    if (body.length > BODY_CHARACTERS) this.#lines.push(`(cut: ${body.length} characters in all)`);
  }

  text(): string {
    return `${this.#lines.join('\n')}\n`;
  }
}
