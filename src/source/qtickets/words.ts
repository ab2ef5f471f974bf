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

/** A UUID, groups or a run of hexadecimal digits as proxies give them (`8f2a…-DME` with the place), a ULID, or a number behind a word for it. */
const REQUEST_ID =
  /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?=[0-9a-f]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{12,64}(?:-[A-Z]{3})?|(?=[^a-z]*[a-f])[0-9a-f]{4,12}(?:-[0-9a-f]{4,12}){1,4}|[0-9A-HJKMNP-TV-Z]{26}|(?:req|request|trace)[-_][0-9a-f]{1,32})$/i;
const MEDIA_TYPE = /^(?:application|text|image|multipart|audio|video|message|font)\/[a-z][a-z0-9.+-]{0,40}$/i;

/** A request id, where it has the form of one: any other text in that header may be anything. */
export function requestIdOf(header: string | undefined): string | undefined {
  return header !== undefined && REQUEST_ID.test(header) ? header : undefined;
}

/** `text/html` of a header; '' for what is no media type. */
export function mediaType(header: string | undefined): string {
  const type = header?.split(';', 1)[0]?.trim() ?? '';
  return MEDIA_TYPE.test(type) ? type : '';
}

/** What was asked for, for the journal: of a search in the Partners API only by which fields it was made, since it may be for a person. */
export function keptBody(body: Record<string, unknown>): Record<string, unknown> {
  const { filter } = body;
  if (typeof filter !== 'object' || filter === null) return body;
  return { ...body, filter: Object.fromEntries(Object.keys(filter).map((key) => [key, '‹value›'])) };
}

const ID = /^(?:\d{1,20}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[A-Za-z]{1,4}[-_]?\d{1,16})$/;
const STEPS = new Set(
  'shows seats barcodes tickets find orders events clients color-themes discounts promo-codes'.split(' '),
);

/** An id, where it has the form of one: records out of order may have anybody's address there. */
export function shownId(id: string): string {
  return ID.test(id) ? id : '‹id›';
}

/** A path below the API's root with its ids as they may be shown. */
export function shownPath(path: string): string {
  return path
    .split('/')
    .map((step) => (step === '' || STEPS.has(step) ? step : shownId(step)))
    .join('/');
}
