import type { Signal } from '../pattern.ts';
import { patternRule } from '../pattern-rule.ts';
import { elsewhere, here, program } from '../signals.ts';

const USER =
  /(?:^|[\s:>"'(])(?<user>[\w@.-]+): Authentication failed|user (?<named>[\w@-]+(?:[.][\w@-]+)*)|user `(?<ticked>[^`]+)`/;
const userOf = (flat: string) => {
  const groups = USER.exec(flat)?.groups;
  return groups?.user ?? groups?.ticked ?? groups?.named;
};
const isDefault = (flat: string) => /\bdefault: Authentication failed|user:? [`']?default\b/i.test(flat);
const CONNECTED = /\bConnected to ClickHouse|connection (?:established|ok)|Successfully connected|connected to server/i;

const asDefault: Signal = {
  says: 'the server speaks of user default, whom it takes where no credentials are sent',
  weight: 24,
  seen: ({ event }) => isDefault(event.flat),
};

/** Who the server thinks is asking, and why it will not have them. */
export const authentication = patternRule('authentication', 'access', [
  {
    cause: 'auth_wrong_password',
    side: 'config',
    codes: [192, 193, 194, 516],
    text: /Authentication failed|Wrong password for user|Unknown user|There is no user|password is incorrect|REQUIRED_PASSWORD|WRONG_PASSWORD|UNKNOWN_USER|AUTHENTICATION_FAILED|Invalid credentials/i,
    strength: 86,
    alone: 80,
    only: true,
    summary: ({ event, code }) => {
      const user = userOf(event.flat);
      const who = user === undefined ? 'this user' : `user ${user}`;
      return code === 193 || /Wrong password/.test(event.flat)
        ? `The password of ${who} is wrong`
        : code === 192 || /Unknown user|There is no user/.test(event.flat)
          ? `The server knows no ${who}`
          : `The server refused ${who}: its password is wrong, or there is no such user`;
    },
    remedies: [
      'Check user and password where the client takes them from, and that the address is the right server; its own log says which of the two was wrong (code 192 or 193)',
      'Users are admitted from listed networks only: look at HOST in SHOW CREATE USER',
    ],
    question: 'Does the same user with the same password get SELECT 1 answered (curl -u)?',
    signals: [
      { ...asDefault, weight: -4, seen: (match) => match.event.origin === 'server' && isDefault(match.event.flat) },
      elsewhere(CONNECTED, 'a client connected in the same logs', -6),
    ],
    or: [
      {
        cause: 'auth_client_address_not_allowed',
        summary: 'the user may not come from this address',
        question: 'Does SHOW CREATE USER list the client’s network?',
      },
    ],
  },
  {
    cause: 'auth_wrong_password',
    side: 'config',
    text: /(?:response code|HTTP(?:\/[\d.]+)?(?: status)?|status(?: code)?|returned)\D{0,8}(?:401|403)\b/i,
    unless: /DB::\w*Exception|for url: (?!\S*(?:8123|8443|query=))|GET https?:\/\/(?!\S*(?:8123|8443|query=))/,
    strength: 62,
    summary: 'The answer was 401 or 403, and its text is not there: user or password, or a proxy that wants a login',
    remedies: ['Send the same request with curl -u and read the body: ClickHouse writes its code, a proxy its name'],
    question: 'Who wrote the answer: is there an X-ClickHouse-Exception-Code?',
  },
  {
    cause: 'connection_string_user_ignored',
    side: 'config',
    codes: [516, 192, 193, 194],
    text: /\bdefault: Authentication failed|user:? [`']?default\b/i,
    from: ['client', 'http', 'run'],
    strength: 66,
    summary: 'The server was asked as user default: the user that was configured never reached it',
    remedies: [
      'Compare the key of the user in the connection string with the client’s documentation (User, Username, user); the server answers about the user that it was asked as',
    ],
    question: 'Is another user than default configured?',
    signals: [
      program(
        /ClickHouse\.(?:Client|Driver|Ado)|Octonica|System\.Data|jdbc:clickhouse|com\.clickhouse|Server=|Host=|DSN/i,
        'the client takes its user from a connection string',
        26,
      ),
      here(/(?:user(?:name)?|uid)\s*=\s*(?!default\b)['"]?[A-Za-z]\w+/i, 'another user is configured', 40),
      elsewhere(/(?:user(?:name)?|uid)\s*[=:]\s*(?!default\b)['"]?[A-Za-z]\w+/i, 'another user is configured', 40),
    ],
  },
  {
    cause: 'auth_no_credentials_sent_unrelated',
    side: 'config',
    codes: [516, 192, 193, 194],
    text: /\bdefault: Authentication failed|user:? [`']?default[`']?(?::|\b).{0,60}(?:Authentication failed|no user|password)/i,
    from: ['server', 'text_log'],
    strength: 72,
    summary:
      'Somebody asked without credentials, as a health check or a browser does: it belongs to nothing here unless the ingestion’s own log says the same',
    remedies: [
      'Nothing, where the ingestion logs in with a user of its own; give the probe credentials, or let it ask /ping, to keep the log quiet',
    ],
    question: 'Does the ingestion’s own log show an authentication failure at this time?',
    signals: [
      asDefault,
      elsewhere(CONNECTED, 'the ingestion connected', 10),
      {
        says: 'the ingestion’s own log shows it, too',
        weight: -60,
        seen: ({ view, event }) =>
          view.events.some(
            (other) =>
              other.origin !== event.origin &&
              other.origin !== 'text_log' &&
              other.origin !== 'server' &&
              /Authentication failed|code:? ?516/i.test(other.flat),
          ),
      },
    ],
  },
  {
    cause: 'auth_client_address_not_allowed',
    side: 'config',
    codes: [195, 516],
    text: /IP_ADDRESS_NOT_ALLOWED|is not allowed to connect from address|not allowed to connect from|User .{0,40} is not allowed to/i,
    strength: 88,
    summary: 'The user may not connect from this address',
    remedies: ['Add the client’s network to the user: ALTER USER … HOST IP …, or <networks> in users.xml'],
    question: 'Does SHOW CREATE USER list the client’s network?',
  },
]);
