/** A piece of HTML that is already safe; only `html` and `raw` make it. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

type Part = string | number | Html | readonly Html[] | undefined;

function part(value: Part): string {
  if (value === undefined) return '';
  if (value instanceof Html) return value.text;
  if (Array.isArray(value)) return value.map((item: Html) => item.text).join('');
  return escapeHtml(String(value));
}

/** Template whose every value is escaped unless it is HTML made the same way. */
export function html(strings: TemplateStringsArray, ...values: Part[]): Html {
  return new Html(
    strings.reduce((out, text, index) => out + text + (index < values.length ? part(values[index]) : ''), ''),
  );
}

/** Our own constant text (the style sheet), taken as it is. */
export function raw(text: string): Html {
  return new Html(text);
}
