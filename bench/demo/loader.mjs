// A loader as it was: it connects, asks for the table's columns, fails over its own rows before it sends any, logs no more of the
// exception than str() gives of a KeyError(1), and tries again what no repeat can mend.
const { LOADER_URL = '', LOADER_PASSWORD = '', LOADER_TABLE = '' } = process.env;
const log = (level, text) =>
  process.stdout.write(`${new Date().toISOString().slice(0, 19)}Z integrations.common.ch ${level} ${text}\n`);

async function ask(sql) {
  const headers = {
    'X-ClickHouse-User': 'default',
    'X-ClickHouse-Key': LOADER_PASSWORD,
    'User-Agent': 'clickhouse-connect/0.9.2 (lv:py/3.11.9)',
  };
  const answer = await fetch(LOADER_URL, { method: 'POST', body: sql, headers });
  return answer.text();
}

for (let attempt = 1; attempt <= 3; attempt += 1) {
  await ask('SELECT version(), timezone()');
  log('INFO', `Connected to ClickHouse at ${LOADER_URL}`);
  await ask(`DESCRIBE TABLE ${LOADER_TABLE} FORMAT JSONEachRow`);
  log('ERROR', 'Unexpected ClickHouse error: 1');
  await new Promise((done) => setTimeout(done, 300));
}
process.stdout.write('[qtickets_api] Failed to write to ClickHouse: 1 | metrics={"error": "1"}\n');
process.exitCode = 1;
