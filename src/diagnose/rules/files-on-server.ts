import { patternRule } from '../pattern-rule.ts';
import { here } from '../signals.ts';

/** The server and its own disk, files and system. */
export const filesOnServer = patternRule('files-on-server', 'server', [
  {
    cause: 'data_dir_owner_mismatch',
    side: 'config',
    codes: [481, 76, 74, 75, 1001],
    text: /(?:Cannot (?:set modification time|open file|create|mkdir|rename|unlink|remove)|create_director|filesystem error|Effective user of the process).{0,300}(?:errno: ?(?:1|13)\b|Operation not permitted|Permission denied|does not match the owner)|PATH_ACCESS_DENIED|MISMATCHING_USERS_FOR_PROCESS_AND_DATA/i,
    strength: 93,
    alone: 74,
    own: [481],
    only: true,
    summary: 'The server may not write to its own data folder: its owner on disk is another user',
    remedies: [
      'chown the data folder (and a mounted volume) to the user that the server runs as, 101:101 in the official image; it is no GRANT of ClickHouse',
    ],
    question: 'Who owns the path that the message names (ls -ln), and as whom does the server run?',
  },
  {
    cause: 'filesystem_lacks_atomic_exchange',
    side: 'server',
    codes: [1, 48],
    text: /RENAME_EXCHANGE|renameat2|Moving tables between databases.{0,40}not supported|RENAME EXCHANGE is not supported|EXCHANGE .{0,30}(?:not supported|is not available)/i,
    strength: 94,
    only: true,
    summary:
      'The file system of the server cannot exchange two names at once (NFS, EFS and others): a genuine code 1 of the server',
    remedies: ['Use a local file system, or let the tool drop and create instead of EXCHANGE TABLES'],
    question: 'On which file system does the data folder lie?',
  },
  {
    cause: 'distributed_queue_lost_after_rename',
    side: 'silent',
    codes: [107],
    text: /(?:File .{1,200}doesn't exist|FILE_DOESNT_EXIST|Cannot open file).{0,200}(?:shard\d+_replica|\/dist|DirectoryMonitor|DistributedInsertQueue|\.bin)|(?:DirectoryMonitor|DistributedInsertQueue).{0,300}(?:doesn't exist|Cannot open file)/i,
    strength: 90,
    summary:
      'A Distributed table was renamed while rows waited in its queue: they are looked for under the old path and never sent',
    remedies: [
      [
        'Restart the server or move the .bin files, and SYSTEM FLUSH DISTRIBUTED before the next rename',
        '; system.distribution_queue shows what waits',
      ],
    ],
    question: 'Was the Distributed table renamed while its queue was not empty?',
  },
  {
    cause: 'distributed_queue_stuck',
    side: 'silent',
    text: /(?:DirectoryMonitor|DistributedInsertQueue|distribution_queue).{0,400}(?:Exception|error|broken|data_files=[1-9]|Cannot|Code:)|is_blocked=1|Broken (?:batch|distributed)/i,
    strength: 82,
    summary:
      'Rows inserted into a Distributed table wait in its queue and do not reach the shards: the insert itself said ok',
    remedies: [
      [
        'Look in the server’s log for why it cannot send them',
        ', and at last_exception of system.distribution_queue',
        '; SYSTEM FLUSH DISTRIBUTED then sends them',
      ],
      [
        'insert_distributed_sync = 1',
        ' (distributed_foreground_insert by its newer name)',
        ' makes the INSERT wait and fail instead: slower, and honest',
      ],
    ],
    question: 'Does system.distribution_queue hold files for the table?',
  },
  {
    cause: 'replace_partition_from_empty_source',
    side: 'server',
    codes: [36],
    text: /refusing REPLACE PARTITION|REPLACE PARTITION .{0,80}(?:silently drop|empty source|source .{0,30}empty)/i,
    strength: 95,
    only: true,
    summary:
      'The source of REPLACE PARTITION is empty: newer servers refuse what would only drop the destination’s rows',
    remedies: ['Fill the source first; to drop the partition on purpose use DROP PARTITION'],
    question: 'How many rows has the partition in the source?',
  },
  {
    cause: 'object_storage_failed',
    side: 'server',
    codes: [499, 243],
    text: /S3_ERROR|S3Exception|AzureBlobStorage|Access Denied.{0,40}S3|The request signature we calculated|SlowDown|NoSuchBucket|NoSuchKey|AWSError|Unable to (?:parse|connect).{0,40}S3/i,
    strength: 86,
    alone: 82,
    own: [499],
    summary: 'Object storage refused or failed: as source of the rows, or as disk of the server',
    remedies: [
      'Look at the storage’s own code in the message: keys and rights of the bucket, region and endpoint, or its limits (SlowDown)',
    ],
    question: 'Does the same request with the same keys succeed from the server’s machine?',
    signals: [here(/disk|s3_plain|object storage disk/i, 'it is a disk of the server', 2)],
  },
  {
    cause: 'server_bug_logical_error',
    side: 'server',
    codes: [49, 9],
    text: /Logical error|LOGICAL_ERROR|Sizes of columns doesn't match/i,
    strength: 60,
    alone: 52,
    summary: 'The server met a state that its authors hold impossible: a bug of this version',
    remedies: [
      'Search the project’s issues for the message, upgrade to the newest patch of the release, and try without what the message names',
    ],
    question: 'Is it gone with the newest patch version?',
  },
]);
