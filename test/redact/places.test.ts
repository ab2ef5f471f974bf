import { describe, expect, test } from 'vitest';
import { createRedactor } from '../../src/redact/redactor.ts';

/** `«…»` marks what has to be hidden, and nothing else may be. */
function parts(marked: string): { raw: string; expected: RegExp } {
  const quoted = marked.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return {
    raw: marked.replace(/[«»]/g, ''),
    expected: new RegExp(`^${quoted.replace(/«[\s\S]*?»/g, '‹secret-\\d+›')}$`),
  };
}

const statements = [
  "CREATE USER u IDENTIFIED BY '«pw»'",
  "CREATE USER u IDENTIFIED WITH sha256_password BY '«pw»' HOST ANY",
  "ALTER USER u IDENTIFIED WITH plaintext_password BY '«p\\'w»', bcrypt_password BY '«p''w»' DEFAULT ROLE r",
  "CREATE USER u IDENTIFIED WITH sha256_hash BY '«ABCDEF»' SALT '«5A»'",
  'CREATE USER u IDENTIFIED WITH sha256_password',
  "SELECT * FROM s3('https://b.s3.example/x.csv', '«AKID»', '«sec/ret+1»', 'CSV')",
  "SELECT * FROM s3('https://b.s3.example/x.csv', '«AKID»', '«secret»', '«session»', 'CSV', 'a Int8')",
  "SELECT * FROM s3('https://b.s3.example/x.csv', 'CSV', 'a Int8')",
  "SELECT * FROM s3('https://b.s3.example/x.csv', NOSIGN, 'CSV')",
  "SELECT * FROM s3(creds, url = 'https://b.s3.example/x.csv', secret_access_key = '«sec»')",
  "SELECT * FROM s3Cluster('c', 'https://b.s3.example/x.csv', '«AKID»', '«secret»', 'CSV')",
  "CREATE TABLE t (a Int8) ENGINE = S3('https://b.s3.example/x.csv', '«AKID»', '«secret»', 'CSV')",
  "CREATE TABLE t (a Int8) ENGINE = S3Queue('https://b.s3.example/*', '«AKID»', '«secret»', 'CSV')",
  "SELECT * FROM gcs('https://storage.example/x', '«hmac»', '«secret»', 'Parquet')",
  "BACKUP TABLE t TO S3('https://b.s3.example/backup', '«AKID»', '«secret»')",
  "SELECT * FROM mysql('h:3306', 'db', 't', 'root', '«pw»')",
  "CREATE TABLE t (a Int8) ENGINE = MySQL('h:3306', 'db', 't', 'root', '«pw»')",
  "CREATE DATABASE d ENGINE = MySQL('h:3306', 'db', 'root', '«pw»')",
  "SELECT * FROM postgresql('h:5432', 'db', 't', 'u', '«pw»', 'schema')",
  "CREATE DATABASE d ENGINE = PostgreSQL('h:5432', 'db', 'u', '«pw»', 'schema')",
  "CREATE TABLE t (a Int8) ENGINE = PostgreSQL('h:5432', 'db', 't', 'u', '«pw»')",
  "SELECT * FROM remote('h1,h2', db.t, 'u', '«pw»')",
  "SELECT * FROM remote('h', 'db', 't', 'u', '«pw»', rand())",
  "INSERT INTO FUNCTION remoteSecure('h:9440', view(SELECT 1), 'u', '«pw»') SELECT 1",
  "SELECT * FROM mongodb('h:27017', 'db', 'c', 'u', '«pw»', 'a Int8')",
  "SELECT * FROM mongodb('mongodb://u:«pw»@h:27017/db', 'c', 'a Int8')",
  "SELECT * FROM redis('h:6379', 'k', 'k String, v String', 0, '«pw»')",
  "CREATE TABLE t (k String) ENGINE = Redis('h:6379', 0, '«pw»', 16) PRIMARY KEY k",
  "SELECT * FROM azureBlobStorage('https://a.blob.example', 'c', 'x.csv', 'account', '«a2V5==»', 'CSV')",
  "SELECT * FROM azureBlobStorage('DefaultEndpointsProtocol=https;AccountName=a;AccountKey=«a2V5==»;EndpointSuffix=core', 'c', 'x.csv')",
  "SELECT * FROM url('https://h/x', CSV, 'a Int8', headers('Authorization' = '«Bearer abc=»', 'X-Tenant' = '«t»'))",
  "SELECT * FROM jdbc('jdbc:mysql://h:3306/?user=root&password=«pw»', 's', 't')",
  "SELECT * FROM odbc('DSN=my;UID=u;PWD=«pw»;Database=d', 't')",
  "SELECT encrypt('aes-256-gcm', text, '«0123456789abcdef0123456789abcdef»', iv) FROM t",
  "CREATE NAMED COLLECTION c AS url = 'https://h/', access_key_id = '«id»' NOT OVERRIDABLE, secret_access_key = '«sec»' OVERRIDABLE, format = 'CSV'",
  "ALTER NAMED COLLECTION c SET password = '«pw»', user = 'u'",
  "CREATE TABLE k (a Int8) ENGINE = Kafka SETTINGS kafka_broker_list = 'h:9092', kafka_sasl_password = '«pw»'",
  "CREATE DICTIONARY d (k UInt64) PRIMARY KEY k SOURCE(CLICKHOUSE(HOST 'h' USER 'u' PASSWORD '«pw»' DB 'd' TABLE 't'))",
  "CREATE USER u IDENTIFIED WITH sha256_password BY '[HIDDEN]'",
  "SELECT * FROM mysql('h:3306', 'db', 't', 'root', '[HIDDEN]')",
  'SELECT password, token FROM users ORDER BY primary_key',
  "INSERT INTO t SETTINGS insert_deduplication_token = 'batch-7' FORMAT JSONEachRow",
];

const texts = [
  'CLICKHOUSE_PASSWORD=«pw with, blanks»',
  "export QTICKETS_TOKEN='«a b»' # from the vault",
  'PWD=/root\nOLDPWD=/tmp\nTOKEN=«x1»',
  '  password: «hunter2»\n  user: default',
  'level=info password=«hunter2» user=default',
  '{"password":"«p\\"w»","user":"u"}',
  '{"log":"{\\"api_key\\":\\"«k1»\\",\\"n\\":1}"}',
  "{'password': '«pw»', 'host': 'h'}",
  '<password>«pw»</password><user>u</user>',
  '<password_sha256_hex>«e3b0c442»</password_sha256_hex>',
  'GET /?query=SELECT+1&user=u&password=«p%40w»&database=d HTTP/1.1',
  '?query=CREATE%20USER%20u%20IDENTIFIED%20BY%20%27«pw»%27&database=d',
  'http://u:«p»@h:8123/db https://h/ postgres://u:«p@x»@h/db?sslmode=off',
  'https://h/x?X-Amz-Signature=«abc123»&X-Amz-Date=20251029',
  'https%3A%2F%2Fu%3A«pw»%40h%2F',
  'X-ClickHouse-User: u\r\nX-ClickHouse-Key: «k»\r\nX-ClickHouse-Format: CSV\r\n',
  "-H 'X-ClickHouse-Key: «k»' -H 'Accept: */*'",
  'Authorization: Basic «ZGVmYXVsdDpwdw==»',
  'authorization: Bearer «abc.def»\nhost: h',
  '"Authorization": "Bearer «abc»", "Host": "h"',
  "curl -u 'default:«p w»' http://h:8123/",
  'curl --user default:«pw» http://h:8123/',
  'clickhouse-client --user u --password «pw» --host h',
  '["clickhouse-client","--password","«pw»","--host","h"]',
  '-----BEGIN RSA PRIVATE KEY-----«\nMIIBOgIBAAJBAKj34Gkx\n»-----END RSA PRIVATE KEY-----\nnext',
  'token eyJub25lIjoxfQ: «eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl» end',
  `push to github failed for «ghp_${'aB3d'.repeat(9)}»`,
  'secretlint-disable\nTOKEN=«x1»',
  'Authentication failed: password is incorrect, or there is no user with such name',
  "Syntax error: unexpected token: Comma; Expected one of: token, Comma, 'FROM'",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of a shell, as configuration files name it.
  'Environment: PASSWORD=${DB_PASSWORD} SECRET=*** TOKEN=null',
  '{"sorting_key":"id","primary_key":"id","is_in_primary_key":1,"user_token":"String"}',
  'password_file: /run/secrets/db',
];

describe('by its place', () => {
  test.each([...statements, ...texts])('%s', (marked) => {
    const { raw, expected } = parts(marked);
    expect(createRedactor({ known: [] }).text('x', raw).toString()).toMatch(expected);
  });

  test.each(statements)('inside a row of query_log in JSON: %s', (marked) => {
    const { raw } = parts(marked);
    const hidden = [...marked.matchAll(/«([\s\S]*?)»/g)].map((found) => JSON.stringify(found[1]).slice(1, -1));
    const redactor = createRedactor({ known: [] });
    const clean = redactor.text('x', `${JSON.stringify({ type: 'QueryStart', query: raw, user: 'u' })}\n`).toString();
    const row: { query: string } = JSON.parse(clean);
    for (const secret of hidden) expect(row.query).not.toContain(`'${secret}'`);
    expect(redactor.ledger().length > 0).toBe(hidden.length > 0);
  });

  test('what redaction wrote is not redacted again', () => {
    for (const marked of [...statements, ...texts]) {
      const redactor = createRedactor({ known: [] });
      const once = redactor.text('x', parts(marked).raw).toString();
      expect(redactor.text('y', once).toString()).toBe(once);
    }
  });

  test('one secret has one token, known or not, however it is written', () => {
    const redactor = createRedactor({ known: [] });
    const clean = redactor
      .text(
        'x',
        `?password=p%40w&x=1\n{"password":"p@w"}\nhttp://u:p%40w@h/\nIDENTIFIED BY 'p@w'\nBasic ${Buffer.from('u:p@w').toString('base64')}`,
      )
      .toString();
    expect(clean.match(/‹secret-\d+›/g)?.length).toBeGreaterThanOrEqual(4);
    expect(redactor.text('x', "PASSWORD 'p@w'").toString()).toBe("PASSWORD '‹secret-1›'");
  });
});
