import { patternRule } from '../pattern-rule.ts';
import { elsewhere, here, program } from '../signals.ts';

/** Exceptions of programs in other languages, and what several have in common. */
export const otherClients = patternRule('other-clients', 'client-others', [
  {
    cause: 'session_id_shared_concurrently',
    side: 'client',
    codes: [373],
    text: /Session \S+ is locked by a concurrent client|SESSION_IS_LOCKED|concurrent queries within the same session|Attempt to execute concurrent quer/i,
    strength: 88,
    alone: 82,
    summary:
      'Two statements ran in one session at once: one client object, with its session_id, is used from several threads',
    remedies: [
      'Use one client a thread, or no session: autogenerate_session_id=False of clickhouse_connect; temporary tables and SET then do not carry over',
    ],
    question: 'Is the client object shared between threads or tasks?',
    signals: [
      here(/retry|attempt [2-9]|timed? ?out/i, 'it came after a time-out or in a retry', -24),
      elsewhere(/Read timed out|read timeout|timed out waiting|context deadline/i, 'an attempt had timed out', -40),
    ],
  },
  {
    cause: 'client_timeout_shorter_than_query',
    side: 'client',
    codes: [373],
    text: /Session \S+ is locked by a concurrent client|SESSION_IS_LOCKED/i,
    strength: 52,
    summary: 'The client gave up waiting and tried again in the same session, where the first statement still runs',
    remedies: ['Raise the client’s time limit, or let a retry take a new session'],
    question: 'Did an attempt time out before this one, in the same session?',
    signals: [
      here(/retry|attempt [2-9]|timed? ?out/i, 'it came after a time-out or in a retry', 32),
      elsewhere(/Read timed out|read timeout|timed out waiting|context deadline/i, 'an attempt had timed out', 32),
    ],
  },
  {
    cause: 'client_unserializable_bigint',
    side: 'client',
    text: /Do not know how to serialize a BigInt|BigInt value can't be serialized|serialize(?:d)? a? ?BigInt/i,
    strength: 96,
    only: true,
    summary: 'A BigInt of JavaScript cannot be written as JSON: it failed before any request',
    remedies: [
      'Send it as text (value.toString()): ClickHouse reads quoted 64-bit integers; or give the client json: { stringify } of its own',
    ],
    question: 'Is a value a BigInt?',
  },
  {
    cause: 'client_rows_undefined',
    side: 'client',
    text: /Cannot read propert(?:y|ies) (?:'?\w+'? )?of (?:undefined|null)|undefined is not iterable|values(?:\.\w+)? is not (?:a function|iterable)|(?:undefined|null) is not an object|values must be|Received undefined|argument must be .{0,60}Received undefined/i,
    strength: 78,
    summary: 'The rows were undefined when they were given to the client: it failed before any request',
    remedies: ['Look at where the rows come from: a missing await, an empty answer, another name of the field'],
    question: 'Is values of the insert an array at that moment?',
    signals: [program(/@clickhouse|clickhouse-js|client\.insert|insert/i, 'it was raised in an insert', 10)],
  },
  {
    cause: 'session_or_database_name_invalid',
    side: 'client',
    text: /Invalid URL|Malformed URL|unsupported protocol|No connection adapters|ERR_INVALID_URL|MalformedURLException|no scheme|unknown scheme|missing protocol scheme/i,
    strength: 84,
    summary: 'The address of the server is no URL that the client understands',
    remedies: [
      'Write it as http://host:8123 or https://host:8443, and look at the variable it comes from: quotes and blanks count',
    ],
    question: 'Which address does the client use, to the letter?',
  },
  {
    cause: 'client_program_killed',
    side: 'client',
    text: /\bexit(?:ed)?(?: with)?(?: code| status)?[ :=]*(?:137|143|139)\b|\bKilled\b\s*$|OOMKilled["': =]+true|SIGKILL|signal: killed|java\.lang\.OutOfMemoryError|heap out of memory|MemoryError\b|Allocation failed.{0,40}heap|runtime: out of memory/i,
    strength: 78,
    unless: /clickhouse-server|\{\} <|DB::/,
    summary: 'The ingestion itself was killed or ran out of memory, before it had said why',
    remedies: [
      'Give it more memory or smaller batches; dmesg or docker inspect (OOMKilled) tells who killed it',
      'Rows that were acknowledged are stored: look where it stopped before starting it again',
    ],
    question: 'Does docker inspect say OOMKilled, or does dmesg name the process?',
    signals: [here(/OutOfMemory|OOM|heap|MemoryError|out of memory/i, 'it speaks of memory', 10)],
  },
  {
    cause: 'client_module_missing',
    side: 'client',
    text: /ModuleNotFoundError|NoSuchModuleError|Can't load plugin|No module named|ImportError|Cannot find module|ERR_MODULE_NOT_FOUND|ClassNotFoundException|NoClassDefFoundError|No suitable driver|command not found|executable file not found|NoSuchMethodError|module '[\w.]+' has no attribute|cannot import name|cannot find package/i,
    strength: 92,
    summary: 'A library or program that the ingestion needs is not there, or is of another version',
    remedies: ['Install it where the ingestion runs, in the image it is started from, in the version that it expects'],
    question: 'Does the same import work by hand in the same environment?',
  },
  {
    cause: 'client_configuration_missing',
    side: 'client',
    text: /(?:environment variable|env(?:ironment)? ?var|required (?:setting|option|argument|environment|config)|configuration|config(?:uration)? key).{0,60}(?:is )?(?:not set|missing|required|not found|undefined|unset)|Missing (?:required )?(?:env|configuration|option|argument)|KeyError: '(?:CLICKHOUSE|CH|DB|API)_\w+'|(?:CLICKHOUSE|QTICKETS|CH)_\w+ (?:is )?(?:not set|missing|required|unset)|No such file or directory: '[^']*\.(?:env|ya?ml|json|toml|ini)'/i,
    strength: 90,
    summary: 'A setting that the ingestion needs is not there: it stopped before it reached the server',
    remedies: [
      'Set it where the ingestion is started from (env-file, secret, configuration); an env-file of docker run takes no quotes and no export',
    ],
    question: 'Does the ingestion’s environment hold the name, to the letter?',
  },
  {
    cause: 'source_request_failed',
    side: 'client',
    text: /(?:api|source|upstream service|extract(?:or)?|fetch(?:ing)?|download|GET|POST|request to|requests\.exceptions\.HTTPError:).{0,120}(?:\b(?:4\d\d|5\d\d)\b (?:Client|Server|Unauthorized|Forbidden|Not Found|Too Many|Internal|Bad)|returned (?:4|5)\d\d|status(?: code)?[ :=]+(?:4|5)\d\d|HTTP (?:4|5)\d\d)/i,
    unless: /clickhouse|8123|8443|DB::|query=|HTTPDriver/i,
    strength: 70,
    summary: 'The source of the rows refused or failed, not ClickHouse',
    remedies: ['Look at the answer of the source: token, rights, limits'],
    question: 'Is the address in the message that of the source, and not of ClickHouse?',
  },
]);
