const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  v: '\v',
  0: '\0',
};

/** Undoes one level of backslash escapes (SQL, JSON) in a Latin-1 view of UTF-8 text. */
export function unescapeOnce(text: string): string {
  return text.replace(
    /\\(?:(u[0-9a-fA-F]{4}(?:\\u[0-9a-fA-F]{4})*)|x([0-9a-fA-F]{2})|([\s\S]))/g,
    (whole, units, octet, character) => {
      if (units !== undefined) {
        const codes = [...String(units).matchAll(/u([0-9a-fA-F]{4})/g)].map((unit) =>
          Number.parseInt(unit[1] ?? '', 16),
        );
        return Buffer.from(String.fromCharCode(...codes), 'utf8').toString('latin1');
      }
      if (octet !== undefined) return String.fromCharCode(Number.parseInt(octet, 16));
      return SHORT_ESCAPES[character] ?? character ?? whole;
    },
  );
}

/** Undoes percent escapes; what is no escape stays. `+` is left alone: only forms mean a space by it. */
export function unescapePercent(text: string): string {
  return text.replace(/%([0-9a-fA-F]{2})/g, (_, digits) => String.fromCharCode(Number.parseInt(digits, 16)));
}
