import { expect, test } from 'vitest';
import { isSecretName } from '../../src/redact/names.ts';

test.each([
  'password',
  'CLICKHOUSE_PASSWORD',
  'CH_PASSWORD',
  'QTICKETS_TOKEN',
  'awsSecretAccessKey',
  'aws_secret_access_key',
  'X-ClickHouse-Key',
  'kafka_sasl_password',
  'apiKey',
  'API-KEY',
  'password_sha256_hex',
  'client_secret',
  'Set-Cookie',
  'AccountKey',
  'db_pass',
  'MYSQL_PWD',
  '--password',
  'spark.s3a.secret.key',
])('%s is the name of a secret', (name) => {
  expect(isSecretName(name)).toBe(true);
});

test.each([
  'sorting_key',
  'primary_key',
  'is_in_primary_key',
  'key',
  'keys',
  'insert_deduplication_token',
  'next_page_token',
  'password_file',
  'token_count',
  'tokenbf_v1',
  'pass',
  'passed',
  'has_password',
  'secretary',
  'author',
  'CLICKHOUSE_DB',
  'QTICKETS_SINCE_HOURS',
])('%s is not', (name) => {
  expect(isSecretName(name)).toBe(false);
});
