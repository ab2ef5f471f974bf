/** What APIs say of themselves when they refuse: none of it names a person, an order or a token. */
const VOCABULARY = new Set(
  `a access account already an and api are argument authorization authorized bad bearer be been body by can cannot code
  content credentials data denied deprecated disabled do does endpoint error errors event exceeded exist expired external
  failed field filter for forbidden found gateway has have header in incorrect internal invalid is it json key later limit
  maintenance malformed many method missing must no not occurred of on only order organization page parameter params
  permission permissions please processing quota rate read request requests required resource rights server service
  should show slow down something state temporarily the this time timed timeout to token too try unable unauthorized unavailable
  unexpected unknown unprocessable unsupported up user valid value went with wrong your
  в вы доступ доступа запрещен запрещён запрос запроса запросов неверный недействителен недостаточно не нет ошибка
  позже попробуйте поле превышен лимит прав сервер сервера слишком много токен токена найден найдено найдены`.split(
    /\s+/,
  ),
);
/** A code as programs write it: `RESOURCE_NOT_FOUND`. */
const CODE = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/;
const LONGEST = 200;

/**
 * What may be kept of the words of an API: those that speak of the request itself. It may quote anything in an error (an
 * order, its customer, the token that was sent), so whatever else it says is left out, and shown as `…`.
 */
export function plainWords(text: string): string {
  return text
    .slice(0, 10 * LONGEST)
    .split(/\s+/)
    .map((word) => {
      const bare = word.replace(/^["'«(]+|["'»).,:;!?]+$/g, '');
      const known = CODE.test(bare) ? bare.includes('_') : VOCABULARY.has(bare.toLowerCase());
      return word === '' || known ? word : '…';
    })
    .join(' ')
    .replace(/…(?: …)+/g, '…')
    .trim()
    .slice(0, LONGEST);
}

/** A media type of an answer, where it is one; a header may hold anything. */
export function mediaType(header: string | undefined): string {
  const type = (header ?? '').split(';', 1)[0]?.trim() ?? '';
  return /^[a-z]+\/[a-z0-9.+-]{1,60}$/i.test(type) ? type.toLowerCase() : '';
}

/** An id by which the API's operators find a request, where it looks like one. */
export function requestIdOf(header: string | undefined): string | undefined {
  return header !== undefined && /^[\w.:/-]{1,100}$/.test(header) ? header : undefined;
}
