import { patternRule } from '../pattern-rule.ts';
import { elsewhere, here, NATIVE, program, sends } from '../signals.ts';

const LIBRARY =
  /clickhouse_connect|clickhouse-connect|com\.clickhouse|jdbc|grafana|metabase|superset|dbeaver|tableau|@clickhouse|clickhouse-js|dbt|datagrip|power ?bi|airbyte/i;
const LIBRARY_SETTINGS =
  /(?:setting|Cannot modify) '?(?:extremes|session_timeout|session_id|max_result_rows|result_overflow_mode|enable_http_compression|send_progress_in_http_headers|http_headers_progress_interval_ms|wait_end_of_query|readonly|compress|output_format_\w+|connect_timeout|use_client_time_zone|joined_subquery_requires_alias|date_time_output_format|cancel_http_readonly_queries_on_client_close)'?/i;

const SENT_WITH_GET = 'A writing statement was sent with GET, which the server treats as readonly';

/** Rights that a user lacks, and modes in which nothing may be written. */
export const privileges = patternRule('privileges', 'access', [
  {
    cause: 'access_denied_missing_grant',
    side: 'server',
    codes: [497, 291],
    text: /Not enough privileges|necessary to have (?:the )?grant|ACCESS_DENIED|Access denied to database|permission denied for (?:user|database)/i,
    strength: 93,
    alone: 86,
    only: true,
    summary: ({ event }) => {
      const grant = /grant (?<grant>[A-Z][\w ,()]*? ON [^\s.]+\.[^\s.(]+)/.exec(event.flat)?.groups?.grant;
      return grant === undefined
        ? 'This user lacks a privilege for the statement'
        : `This user lacks a privilege: ${grant}`;
    },
    remedies: ({ event }) => {
      const found =
        /(?:^|[\s:])(?<user>[\w@.-]+): Not enough privileges.*?grant(?: for)? (?<grant>[A-Z][^.]*? ON \S+?)(?:\.? \(|\. |\.$|$)/.exec(
          event.flat,
        )?.groups;
      const first =
        found?.grant === undefined
          ? 'Have an administrator run the GRANT that the message names'
          : `Have an administrator run: GRANT ${found.grant} TO ${found.user}`;
      return [
        first,
        'Compare SHOW GRANTS of the user that the message names with the one that is meant: it may be another user, or another server',
      ];
    },
    question: 'Does SHOW GRANTS of this user list it?',
  },
  {
    cause: 'insert_sent_with_http_get',
    side: 'client',
    codes: [164],
    text: /method GET implies readonly/i,
    strength: 94,
    only: true,
    summary: SENT_WITH_GET,
    remedies: ['Send it with POST (curl: --data-binary or -X POST)'],
    question: 'Was the request a GET?',
  },
  {
    // Servers older than 20 say the same whether GET or the user's profile is why; newer ones name GET where it is.
    cause: 'insert_sent_with_http_get',
    side: 'client',
    codes: [164],
    text: /Cannot \w+ (?:into )?(?:table|query|database) in readonly mode/i,
    unless: /\(READONLY\)|: Cannot execute query in readonly mode/,
    strength: 69,
    summary: SENT_WITH_GET,
    remedies: [
      'Send it with POST (curl: --data-binary or -X POST)',
      'Where it was a POST, the user’s profile sets readonly: use a user that may write',
    ],
    question: 'Was the request a GET?',
    signals: [
      here(/\bGET\b/, 'it speaks of GET', 16),
      elsewhere(/\bPOST\b.{0,10}(?:https?:|\/\?)/, 'the request was a POST', -30),
      elsewhere(/\bGET\b.{0,10}(?:https?:|\/\?).{0,80}INSERT/i, 'the request was a GET', 20),
      here(/HTTP\/|curl|query=/i, 'it came over HTTP', 6),
      sends('GET', 'the command sends it with GET', 20),
      sends('POST', 'it was sent with POST', -40),
      here(NATIVE, 'it came over the native protocol', -50),
    ],
  },
  {
    cause: 'user_profile_is_readonly',
    side: 'config',
    codes: [164],
    text: /in readonly mode/i,
    unless: /Cannot modify '|Table is in|method GET implies/,
    strength: 66,
    alone: 40,
    summary: 'The user’s profile, or a setting sent along, allows reading only',
    remedies: ['Use a user whose profile does not set readonly = 1; readonly = 2 still refuses INSERT'],
    question: "What does SELECT value FROM system.settings WHERE name = 'readonly' say for this user over POST?",
    signals: [
      here(NATIVE, 'it came over the native protocol, where no GET exists', 20),
      here(/: Cannot execute query in readonly mode(?!. For queries over HTTP)/, 'the server would name GET', 20),
      sends('POST', 'it was sent with POST, which forbids no writing by itself', 20),
    ],
  },
  {
    cause: 'client_sets_setting_as_readonly_user',
    side: 'client',
    codes: [164],
    text: /Cannot modify '?(?<setting>[\w.]+)'? setting (?:in readonly mode|for readonly)|Setting \S+ (?:should not be changed|shouldn't be)|SETTING_CONSTRAINT/i,
    strength: 82,
    summary: ({ groups }) =>
      `The client sends the setting ${groups.setting ?? 'that is named'}, and this user is readonly`,
    remedies: [
      'Leave the setting out, put it into the user’s profile, or use readonly = 2 for a user that only reads (it may then change settings)',
    ],
    question: 'Does the same statement without the setting pass?',
    signals: [
      {
        says: 'the setting is one that client libraries send by themselves',
        weight: -14,
        seen: ({ event }) => LIBRARY_SETTINGS.test(event.flat),
      },
    ],
  },
  {
    cause: 'client_library_sets_readonly',
    side: 'client',
    codes: [164],
    text: /Cannot modify '?(?<setting>[\w.]+)'? setting in readonly mode|readonly/i,
    unless: /Table is in readonly/,
    strength: 54,
    summary: ({ groups }) =>
      `The client library itself sends ${groups.setting === undefined ? 'a setting or readonly' : `the setting ${groups.setting}`}: the caller did not`,
    remedies: [
      'Look at what the library sends by default and turn it off, or use a user with readonly = 2, or one that may write',
    ],
    question: 'Does the caller’s own code set it, or only the library?',
    signals: [
      {
        says: 'the setting is one that client libraries send by themselves',
        weight: 20,
        seen: ({ event }) => LIBRARY_SETTINGS.test(event.flat),
      },
      program(LIBRARY, 'a client library wrote it', 8),
    ],
  },
  {
    cause: 'client_unknown_or_readonly_setting',
    side: 'client',
    codes: [115],
    text: /unrecogni[sz]ed option '?-*(?<option>\w+)|Setting (?<setting>\S+) is unknown or readonly|Unknown setting '?(?<unknown>[\w.]+)'?|Setting (?<neither>\S+) is neither a builtin setting|UNKNOWN_SETTING|unrecognized setting/i,
    strength: 92,
    alone: 84,
    only: true,
    summary: ({ groups }) =>
      `The client sends a setting that this server does not have, or does not let be changed: ${groups.setting ?? groups.unknown ?? groups.neither ?? groups.option ?? 'see the line'}`,
    remedies: [
      'Leave it out, or look the name up in system.settings of this very server: names come and go with versions',
    ],
    question: 'Does system.settings of this server have the name?',
  },
  {
    cause: 'quota_exceeded',
    side: 'server',
    codes: [201],
    text: /Quota for user .{1,80} has been exceeded|QUOTA_EXCEEDED|QUOTA_EXPIRED/i,
    strength: 92,
    alone: 84,
    only: true,
    summary: 'The user’s quota for this interval is used up',
    remedies: [['Wait for the next interval, or raise the quota', '; system.quota_usage shows what was counted']],
    question: 'What does system.quota_usage say?',
  },
]);
