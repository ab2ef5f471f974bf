/** What a name ends with when its value is a secret; the words of a name are joined by `_` before this looks at them. */
const SECRET =
  /(?:^|_)(?:password|passwd|passphrase|passcode|pwd|secret|secrets|token|apikey|api_key|accesskey|access_key|access_key_id|secretkey|secret_key|privatekey|private_key|accountkey|account_key|shared_key|auth_key|signing_key|encryption_key|master_key|click_house_key|clickhouse_key|credential|credentials|authorization|cookie|sig|amz_signature|amz_credential|client_key_data|key_hex|salt|payment_url|cancel_url|pdf_url|passbook_url)$|_pass$/;

/** A hash of a password opens the door as the password does. */
const HASH =
  /(?:^|_)password_(?:hash|sha1|sha256|sha1_hex|sha256_hex|double_sha1|double_sha1_hex|scram_sha256|bcrypt)$/;

/** Names that end like a secret and are none. */
const HARMLESS =
  /(?:^|_)(?:(?:dedup|deduplication|deduplicate|next|unexpected|invalid|illegal|bad|end|start|first|last|page|cursor|continuation|stop|max|min)_token|(?:no|has|is|requires?)_(?:password|token|secret|credentials))$/;

/**
 * Whether a name (of a variable, key, header, setting, parameter) says that its value is a secret:
 * `CLICKHOUSE_PASSWORD`, `awsSecretAccessKey`, `X-ClickHouse-Key`, `kafka_sasl_password`; not `primary_key`,
 * `insert_deduplication_token`, `password_file`.
 */
export function isSecretName(name: string, value = ''): boolean {
  if (name.length > 200) return false;
  // The working folders of a shell stand in every environment.
  if (/^(?:OLD)?PWD$/.test(name) && /^[/~]/.test(value)) return false;
  const words = wordsOf(name);
  if (HARMLESS.test(words)) return false;
  return SECRET.test(words) || HASH.test(words);
}

/** The last word of a secret's name, for the rule's own name: `password` of `CLICKHOUSE_PASSWORD`. */
export function secretWord(name: string): string {
  const words = wordsOf(name);
  return SECRET.exec(words)?.[0].replace(/^_/, '') ?? HASH.exec(words)?.[0].replace(/^_/, '') ?? 'secret';
}

function wordsOf(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .toLowerCase();
}
