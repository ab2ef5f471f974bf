/**
 * Words of which servers make their errors, and parts of the names that a load's tables have. Whatever else stands in such a text
 * may be a value out of a row.
 */
const WORDS = new Set(
  `
  a about absent access accepted acquire actual add added after aggregate aggregation alias all allocate allow allowed already also alter always an and any
  api apply are argument arguments array arrow as ascii asked assertion assumed async asynchronous at attach attempt authentication author available
  avro background backup bad base be because been before begin beginning being between big block blocks bool boolean both bound broken buffer but by
  byte bytes cache call called can cancelled cannot cardinality case cast change changed character characters chars check chunk checksum client close closed
  cluster code codec collection column columns command comment commit common compact compatible complete compress compressed compressing compression
  condition config configuration configured conflict connect connected connecting connection constant constraint constructor contain contains content
  context convert converted converting conversion copy copying corrupted could count create created csv current custom data database databases date
  datetime day db decimal decode decompress default deduplicate deduplication deduplicated delimiter denied deny depth describe description descriptor
  destination detach detected dictionary did different digit dimension directory disabled disk display distributed divide does dom double drop dropped dry
  due during each element elements empty enable enabled encoding end engine enough entry enum eof equal err error errors estimate even exact example
  exceed exceeded exceeds exception execute executed executing execution exist existing exists expected expression extra extract fail failed failure
  false family few field fields file files filter final find finished first fixed flag float flush for force forbidden foreign format found from full
  function functions global grant grants granted greater group handler has hash have having head header hex host hour http id identifier identifiers if
  ignore illegal implicit in incompatible incorrect increase inconsistent index infinity initial inner input insert inserted inserting inside instead int
  integer interface internal interserver interval into invalid io ip is it its join json keeper key keys kind large last later latest leader left length less
  level like limit limits line lines list little local lock log logical long lost low make many map mark marks match materialize materialized max maximum
  maybe mean memory merge merges merging message metadata method million min minimum minus mismatch missing mode modify month more most move much
  multiple must mutation mutations name named names nan native necessary need needed nested net network never no node none not nothing null nullable number
  numbers object objects odd of offset old on one only open opening operation operator optimize option or order orders other out outer output over overcommit
  overflow parallel parameter parameters parse parsed parsing part partial partition partitions parts pass passed password path per permission pipe
  pipeline please poco point pool port position possible precision prefix presence present previous primary privileges probably problem process processing
  processor profile projection promoted protocol provided push pushing queries query queue quota quorum quote quoted range raw read reader reading readonly
  ready real reason received record refused regexp reject rejected remote remove removed rename replace replica replicas replicated replacing replication
  request required requires reserved reset resource response restart result return returned returns right role root row rows running same sample scalar schema
  second seconds select send sent server session set sets setting settings shard should show shutdown side sign simple since single size skip skipping small
  snapshot so socket some sort sorting source sources space specified sql stack stage start started starting state statement std still stop storage store
  stored stream string structure sub subquery substring such suffix sum supported support symbol syntax system tab table tables tag temporary text than that
  the their them then there these they this thread threads throw through time timed timeout timezone to too token total trace transaction transform tree
  trivial true try trying tsv tuple type types u unable unable under unexpected uninitialized union unique unix unknown unless unlimited unpack unparsed
  unrecognized unsigned unsupported until up update use used user users using utf uuid valid value values variable variant version view views violated
  volume wait waiting want was we were what when where which while whole will with within without word would write writer writing written wrong xml year
  you zero zone zookeeper kib mib gib tib kb mb gb ms milliseconds sec http https tcp lz zstd localhost official build
  displaytext what arrayjoin plus multiply modulo concat lower upper trim length position date now today toyyyymm yyyy mm dd if then else
  stg qtickets meta job jobs run runs fact dim event events city utm source medium campaign term sale sales ts ticket tickets sold revenue currency payload
  ver dedup snapshot email phone middle shade shades color discount discounts promo codes barcode barcodes checked external partner paid price ingest loaded
  processed metrics daily inventory clients start zakaz moscow europe
  `
    .trim()
    .split(/\s+/),
);

/** Numbers that say where, how much or which version, and names that stand where a server names an object. */
const KEPT = [
  /‹[^›]{0,80}›|\xe2\x80\xb9[^\xe2]{0,80}\xe2\x80\xba/g,
  /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g,
  /\b(?:rows?|line|column|position|offset|code|byte|argument|version|errno|block|least|maximum:?|limit:?|size:?)[ :#=]{1,3}\d{1,9}\b(?![.@-]?\w)/gi,
  /\(version [\d.]{3,20}/g,
  /\b\d{1,9}(?:\.\d{1,9})? ?(?:[KMGT]i?B|B|bytes|rows|parts|partitions|ms|milliseconds|seconds|sec)\b/g,
  /(?<![\w.+-])(?:(?:25[0-5]|2[0-4]\d|1\d\d|\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|\d?\d)(?::\d{1,5})?(?![\w.-])/g,
  /\b(?:[Tt]able|[Cc]olumn|[Dd]atabase|[Cc]onstraint|[Vv]iew|[Ss]etting)s? `\w{1,80}`(?:\.`\w{1,80}`)?/g,
  /\b(?:[Tt]able|TABLE|[Vv]iew|VIEW|ON|INTO|FROM) [A-Za-z_]\w{0,80}\.[A-Za-z_]\w{0,80}(?![\w@.+-]*@)/g,
  // Settings by their names: the server asks for some, and the run then sets them.
  /\b(?:(?:allow|enable|input_format|output_format|parts_to|async_insert|wait_for|insert)_[a-z]|max_(?:memory|partitions|insert|block|query|rows|bytes|execution|ast|concurrent|parts|server)_)[a-z0-9_]{1,80}\b(?: ?= ?\d{1,12}\b)?(?![\w@.+-]*@)/g,
  /(?:\breading the value of key|\bColumn \d{1,4}, +name:) [A-Za-z_]\w{0,80}(?![\w@.+-]*@)/g,
];
/** With the escapes that may stand in a text, so that the letter of a `\n` is no part of a word. */
const TOKEN =
  /\\[nrtbf0](?=[A-Za-z0-9_\\])|[^\s()[\]{}<>"'`,;:=|/\\]*@[^\s()[\]{}<>"'`,;|\\]*|[A-Za-z0-9_\u0080-\uffff]+/g;
const PART = /[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+/g;

function isWord(token: string, own: ReadonlySet<string>): boolean {
  if (token.startsWith('\\') || own.has(token)) return true;
  if (!/^[A-Za-z0-9_]+$/.test(token)) return /^[\u2010-\u2027]+$/.test(token);
  if (/^\d/.test(token)) return false;
  // NOT_ENOUGH_PRIVILEGES: the name of a code.
  if (/^[A-Z]{2,}(?:_[A-Z0-9]{1,})+$/.test(token)) return true;
  const parts = token.match(PART) ?? [];
  return parts.every((part) => /^\d{1,3}$/.test(part) || WORDS.has(part.toLowerCase()));
}

export interface Stretch {
  start: number;
  end: number;
}

/**
 * Where, in an error of a server, values out of rows may stand: everything that is neither a word of such errors, nor the name of
 * an object, nor a row, line or size. For runs whose rows are people's. Takes a text, or the Latin-1 view of one.
 * @param own further words that are no values: names of databases and users
 */
export function valuesIn(text: string, own: ReadonlySet<string> = new Set()): Stretch[] {
  const kept: Stretch[] = KEPT.flatMap((pattern) =>
    [...text.matchAll(pattern)].map((found) => ({ start: found.index, end: found.index + found[0].length })),
  ).sort((a, b) => a.start - b.start);
  const found: Stretch[] = [];
  let next = 0;
  for (const match of text.matchAll(TOKEN)) {
    const token = { start: match.index, end: match.index + match[0].length };
    while ((kept[next]?.end ?? Number.POSITIVE_INFINITY) <= token.start) next += 1;
    if (kept.slice(next, next + 4).some((one) => one.start <= token.start && one.end >= token.end)) continue;
    if (isWord(match[0], own)) continue;
    const last = found.at(-1);
    // What only blanks and points part is one value: a name of two words, a telephone number.
    if (last && /^[ .+\-_]{0,3}$/.test(text.slice(last.end, token.start))) last.end = token.end;
    else found.push(token);
  }
  return found;
}

/** The same error without what may be out of a row. */
export function withoutValues(text: string, own?: ReadonlySet<string>): string {
  let at = 0;
  const parts: string[] = [];
  for (const { start, end } of valuesIn(text, own)) {
    parts.push(text.slice(at, start), '‹value›');
    at = end;
  }
  return [...parts, text.slice(at)].join('');
}
