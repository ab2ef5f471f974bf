import { patternRule } from '../pattern-rule.ts';
import { here } from '../signals.ts';

/** What the server's machine or a profile does not give: threads, file handles, locks, rows, a disk that answers. */
export const serverLimits = patternRule('server-limits', 'resources', [
  {
    cause: 'server_out_of_threads',
    side: 'server',
    codes: [439],
    text: /Cannot schedule a task|CANNOT_SCHEDULE_TASK|no free thread|pthread_create failed|Thread creation failed|std::system_error.{0,60}Resource temporarily unavailable/i,
    strength: 93,
    alone: 86,
    summary: 'The server cannot start another thread: its pool, or what the system allows it, is used up',
    remedies: [
      'Send fewer statements at a time; then look at the size of the server’s thread pool, ulimit -u and the pids limit of the container',
    ],
    question: 'Is the number of threads of the server (system.metrics, GlobalThread) at its limit?',
  },
  {
    cause: 'open_files_limit_reached',
    side: 'server',
    codes: [76, 74, 210, 24],
    text: /errno: ?24\b|Errno 24\b|Too many open files|\bEMFILE\b|\bENFILE\b|os error 24/i,
    strength: 97,
    summary: 'A program may open no more files or connections: the limit of open files is reached',
    remedies: [
      'Raise the limit (LimitNOFILE of the unit, --ulimit nofile of the container; the server recommends 262144)',
      'Many parts, many small inserts and connections that are not closed use handles: look there, too',
    ],
    question: 'Whose limit is it: what do ulimit -n and /proc/PID/limits say of the program that wrote the line?',
    signals: [here(/\.py\b|Errno 24|EMFILE|java\.|at \S+\(.*\.js/, 'a client wrote it: its own limit is meant', -2)],
  },
  {
    cause: 'disk_io_error',
    side: 'server',
    codes: [74, 75, 76, 40],
    text: /errno: ?5\b|Input\/output error|Errno 5\]|errno: ?30\b|Read-only file system/i,
    strength: 95,
    summary: 'The disk of the server fails or was mounted read-only: the system says so, not ClickHouse',
    remedies: ['Look at dmesg and the health of the disk or volume before anything else; do not retry writes onto it'],
    question: 'What does dmesg say of the device at that time?',
  },
  {
    cause: 'limit_of_profile_exceeded',
    side: 'server',
    codes: [158, 290, 307, 396, 162, 167, 168, 191, 161],
    text: /Limit for .{1,80} exceeded|max_(?:rows|bytes|columns)_to_read|max_result_(?:rows|bytes)|TOO_MANY_(?:ROWS|BYTES|COLUMNS|ROWS_OR_BYTES)\b|LIMIT_EXCEEDED/i,
    unless: /Memory limit|MEMORY_LIMIT/i,
    strength: 88,
    alone: 80,
    summary: ({ event }) => {
      const name = /\b(max_[a-z_]+)\b/.exec(event.flat)?.[1];
      return `The statement went over a limit of the user's profile${name === undefined ? '' : `: ${name}`}`;
    },
    remedies: [
      'Make the statement read or return less (a narrower WHERE, smaller batches), or have the limit raised for this user: it protects all others',
    ],
    question: 'What does system.settings say of the limit for this user?',
  },
  {
    cause: 'lock_not_obtained',
    side: 'server',
    codes: [473],
    text: /Locking attempt on .{1,100} has timed out|DEADLOCK_AVOIDED|Possible deadlock avoided/i,
    strength: 93,
    alone: 86,
    summary: 'The statement waited for a lock of the table longer than lock_acquire_timeout',
    remedies: ['Try again; look in system.processes for the ALTER, DROP or long INSERT that holds the table'],
    question: 'Which statement held the table at that time?',
  },
  {
    cause: 'server_connection_pool_exhausted',
    side: 'server',
    codes: [203],
    text: /Cannot obtain connection from pool|NO_FREE_CONNECTION/i,
    strength: 90,
    alone: 80,
    summary: 'The server found no free connection to another server in its pool',
    remedies: ['Look at how many Distributed inserts run at once, and at connections to the shards that hang'],
    question: 'How many statements over Distributed tables run at that time?',
  },
]);
