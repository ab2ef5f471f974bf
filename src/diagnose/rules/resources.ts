import { patternRule } from '../pattern-rule.ts';
import { effective, elsewhere, here } from '../signals.ts';

/** Parts, partitions, memory, disk, slots: the server has not enough of something. */
export const resources = patternRule('resources', 'resources', [
  {
    cause: 'partition_key_high_cardinality',
    side: 'server',
    codes: [252],
    text: /Too many partitions for single INSERT block|in all partitions in total|wrong choice of partition key|max_partitions_per_insert_block|max_parts_in_total|Too many partitions/i,
    unless: /unrecogni[sz]ed option|Unknown setting|unknown or readonly|neither a builtin setting/i,
    strength: 90,
    only: true,
    summary: ({ event }) =>
      /single INSERT/.test(event.flat)
        ? 'One block touches more partitions than max_partitions_per_insert_block allows'
        : 'The table has too many parts over all its partitions: the partition key is too fine',
    remedies: (match) => [
      'Choose a coarser PARTITION BY (by month, not by a key of the rows); the table must be made anew for it',
      [
        'Sort the input by the partition key so that each block touches few',
        `, or raise ${effective(match, 'max_partitions_per_insert_block')}: every partition of a block becomes a part of its own, and merges must keep up`,
      ],
    ],
    question: 'How many partitions do the rows of one block touch?',
    signals: [
      here(/pushing to view|materialized view/i, 'a materialized view is part of it', -14),
      here(/Received from/i, 'a server passed it on', -6),
    ],
  },
  {
    cause: 'mv_failed_then_retry_deduplicated',
    side: 'silent',
    codes: [252, 241, 159],
    text: /Too many partitions(?! for single)|pushing to view/i,
    strength: 40,
    summary:
      'The materialized view failed while its source kept the rows: a retry is dropped as a duplicate and the view stays empty',
    remedies: [
      [
        'Compare source and target of the view; fill the target by hand (INSERT INTO target SELECT … FROM source)',
        ', and set deduplicate_blocks_in_dependent_materialized_views = 1 before retries: it costs a look at the hashes of each view',
      ],
    ],
    question: 'Is a materialized view attached, and was the same block sent again?',
    signals: [
      here(/pushing to view|materialized view/i, 'a materialized view is part of it', 10),
      here(
        /Too many partitions\s*$|Too many partitions(?! for)/i,
        'it names no block of the insert itself, so a view’s target may be meant',
        36,
      ),
      here(/retr(?:y|ied)|attempt/i, 'it was retried', 14),
      elsewhere(/already exists.{0,40}ignoring|deduplicat/i, 'a block was dropped as duplicate', 40),
    ],
  },
  {
    cause: 'too_many_parts_in_mv_target',
    side: 'server',
    codes: [252],
    text: /Too many parts.{0,400}(?:pushing to view|materialized view)|pushing to view.{0,300}Too many parts/i,
    strength: 93,
    summary: 'The target of a materialized view has too many parts, not the table that was inserted into',
    remedies: [
      'Insert larger and fewer batches, each makes a part in every view’s target, too; look at the partition key of the view’s target',
    ],
    question: 'Which table has the most parts in system.parts: the view’s target?',
  },
  {
    cause: 'too_many_small_inserts',
    side: 'server',
    codes: [252],
    text: /Too many parts|Merges are processing significantly slower|Delaying inserting block|DB::TooManyParts|TOO_MANY_PARTS/i,
    unless: /in all partitions in total|pushing to view|Too many partitions/i,
    strength: 84,
    alone: 72,
    summary: 'The table has too many parts: merges do not keep up with the inserts',
    remedies: (match) => [
      [
        'Insert larger and fewer batches (10 000 to 1 000 000 rows, --batch-rows)',
        ', or let the server gather them: async_insert = 1 (it acknowledges after the flush unless wait_for_async_insert = 0)',
      ],
      `Look at stuck merges and mutations first; ${effective(match, 'parts_to_throw_insert')} raised only puts it off and slows reading`,
    ],
    question: 'How many rows has one insert, and how many inserts a second are there?',
    signals: [here(/max_insert_threads|INSERT.{0,40}SELECT/i, 'one INSERT SELECT wrote it', -16)],
  },
  {
    cause: 'too_many_parts_parallel_insert_select',
    side: 'server',
    codes: [252],
    text: /Too many parts/i,
    unless: /in all partitions in total|pushing to view/i,
    strength: 46,
    summary: 'One INSERT SELECT in many threads makes many small parts',
    remedies: (match) => [
      [
        'Raise min_insert_block_size_rows: fewer and larger parts, more memory',
        `, and lower ${effective(match, 'max_insert_threads')}: it then takes longer`,
      ],
    ],
    question: 'Is it one INSERT … SELECT with max_insert_threads above 1?',
    signals: [
      here(/max_insert_threads/i, 'max_insert_threads is set', 50),
      here(/INSERT\s+(?:INTO \S+ )?.{0,80}SELECT/i, 'it is an INSERT SELECT', 30),
    ],
  },
  {
    cause: 'memory_limit_server_total',
    side: 'server',
    codes: [241, 173],
    text: /Memory limit \(total\)|\(total\) (?:memory limit )?exceeded|OvercommitTracker|Cannot allocate memory|CANNOT_ALLOCATE_MEMORY|std::bad_alloc|max_server_memory_usage/i,
    unless: /\(for query\)|\(for user\)|would use [\d.]+ (?:PiB|EiB)/,
    strength: 92,
    only: true,
    summary: 'The server as a whole is at its memory limit',
    remedies: (match) => [
      'Find what holds the memory: system.processes, merges, caches, dictionaries; try again when it is gone',
      [
        'Send smaller batches',
        `, or raise ${effective(match, 'max_server_memory_usage')} (at most what the machine or container has: beyond it the system kills the server)`,
      ],
    ],
    question: 'Which statements hold memory in system.processes at that time?',
  },
  {
    cause: 'memory_limit_query',
    side: 'server',
    codes: [241],
    text: /Memory limit \(for (?:query|user)\)|Memory limit \(for query\) exceeded|User memory limit exceeded|Memory limit exceeded|Query memory limit|MEMORY_LIMIT_EXCEEDED/i,
    unless: /\(total\)|would use [\d.]+ (?:PiB|EiB)/,
    strength: 91,
    alone: 74,
    own: [241],
    only: true,
    summary: ({ event }) => {
      const found = /would use (?<use>[\d.]+ \w+).*?maximum: (?<max>[\d.]+ \w+)/.exec(event.flat)?.groups;
      return `The statement went over its memory limit${found === undefined ? '' : ` (would use ${found.use}, may use ${found.max})`}`;
    },
    remedies: (match) => [
      `Send smaller batches (--batch-bytes), or raise ${effective(match, 'max_memory_usage')} for this user: what one statement may take, all others cannot`,
      'Many partitions, wide rows and Parquet row groups take the most: lower max_insert_block_size or the number of partitions in a block',
    ],
    question: 'What are max_memory_usage and the size of one block?',
  },
  {
    cause: 'disk_reservation_failed',
    side: 'server',
    codes: [243, 74, 75],
    text: /Cannot reserve .{1,40}not enough space|NOT_ENOUGH_SPACE|No space left on device|errno: ?28\b|ENOSPC|disk (?:is )?full|Not enough space/i,
    strength: 94,
    alone: 86,
    own: [243],
    only: true,
    summary:
      'The server has no disk space left for the part: the size in the message is what it reserves, not what was sent',
    remedies: [
      'Free space (old partitions, detached parts, system logs with a TTL) or add a disk; merges need as much again for a while',
      'keep_free_space_bytes and running merges count as used',
    ],
    question: 'What do free_space and unreserved_space of system.disks say?',
    signals: [here(/Errno 28|OSError|\.py|java\.io|os error 28/, 'it is the client’s own disk', -22)],
  },
  {
    cause: 'client_disk_full',
    side: 'client',
    text: /\[Errno 28\]|java\.io\.IOException: No space left|os error 28|ENOSPC: no space/i,
    strength: 86,
    summary: 'The disk of the machine that runs the ingestion is full, not the server’s',
    remedies: ['Free space where the ingestion keeps its temporary files, logs or queue'],
    question: 'Whose disk is full: df -h where the ingestion runs?',
  },
  {
    cause: 'too_many_simultaneous_queries',
    side: 'server',
    codes: [202],
    text: /Too many simultaneous queries|TOO_MANY_SIMULTANEOUS_QUERIES|max_concurrent_(?:insert_)?queries|Too many simultaneous connections/i,
    unless: /limits? for (?:cluster )?user .{1,80} exceeded|429 Too Many/i,
    strength: 91,
    alone: 86,
    only: true,
    summary: ({ event }) =>
      `The server runs as many statements as it may${/Maximum: (\d+)/.exec(event.flat)?.[1] === undefined ? '' : ` (${/Maximum: (\d+)/.exec(event.flat)?.[1]})`}`,
    remedies: (match) => [
      'Send fewer at a time and queue the rest in the client; try again after a pause that grows',
      `Raise ${effective(match, 'max_concurrent_queries')} only where memory and cores are free: each statement takes its share`,
    ],
    question: 'Which statements fill system.processes, and for how long?',
    signals: [
      elsewhere(
        /(?:INSERT|insert).{0,80}(?:stuck|hang|hung|running for|elapsed[: ]+\d{4,})/i,
        'inserts hang and hold the slots',
        -12,
      ),
    ],
  },
  {
    cause: 'stuck_inserts_fill_slots',
    side: 'server',
    codes: [202],
    text: /Too many simultaneous queries|TOO_MANY_SIMULTANEOUS_QUERIES/i,
    strength: 50,
    summary: 'Inserts that hang hold all slots for statements, so every new one is refused',
    remedies: [
      'Look in system.processes for the oldest INSERTs and what they wait for (Keeper, a lock, a slow disk), and KILL QUERY them',
    ],
    question: 'Are the statements in system.processes INSERTs that began long ago?',
    signals: [
      elsewhere(/(?:INSERT|insert).{0,80}(?:stuck|hang|hung|running for|elapsed[: ]+\d{4,})/i, 'inserts hang', 40),
    ],
  },
  {
    cause: 'query_was_killed',
    side: 'server',
    codes: [394],
    text: /Query was cancelled(?! by (?:the )?client)|QUERY_WAS_CANCELLED\b(?!_BY)|KILL QUERY|Killed by user|was killed/i,
    strength: 80,
    alone: 78,
    summary: 'The statement was canceled: by KILL QUERY, by the client going away, or by the overcommit tracker',
    remedies: [
      [
        'Look in query_log for a KILL at that time, and at whether the client closed the connection',
        ' (cancel_http_readonly_queries_on_client_close)',
      ],
    ],
    question: 'Did somebody run KILL QUERY, or did the client close the connection?',
  },
  {
    cause: 'delayed_insert_limit',
    side: 'server',
    codes: [242, 748],
    text: /Too many delayed inserts|max_delay_to_insert|too many .{0,20}pending/i,
    strength: 80,
    summary: 'Inserts are already being delayed because merges do not keep up, and no more may wait',
    remedies: ['Insert larger and fewer batches; look at merges and mutations'],
    question: 'How many parts has the busiest partition?',
  },
]);
