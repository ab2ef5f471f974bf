import { patternRule } from '../pattern-rule.ts';
import { elsewhere, here } from '../signals.ts';

/** Keeper, replicas and what stands between them. */
export const replication = patternRule('replication', 'replication', [
  {
    cause: 'replica_readonly_keeper_session',
    side: 'server',
    codes: [242],
    text: /Table is in readonly mode|TABLE_IS_READ_ONLY|is in read-?only mode.{0,40}replica/i,
    strength: 86,
    alone: 82,
    own: [242],
    summary: 'The replicated table is read-only: this replica has no session with Keeper',
    remedies: [
      'Look at system.replicas (zookeeper_exception, is_session_expired) on this node and at Keeper itself; it becomes writable by itself once the session is back',
      'SYSTEM RESTART REPLICA does no harm where it does not',
    ],
    question: "Does SELECT * FROM system.zookeeper WHERE path = '/' answer on this node?",
    signals: [
      elsewhere(
        /no metadata in (?:zoo)?keeper|without metadata|metadata .{0,60}(?:lost|missing|gone)/i,
        'the table’s metadata is gone',
        -30,
      ),
      elsewhere(/suspicious|doesn't look like the set of parts/i, 'its parts were found suspicious at start', -30),
      here(/suspicious|doesn't look like/i, 'parts are suspicious', -20),
      here(/no metadata|metadata .{0,40}(?:lost|missing|not found)|lost its metadata/i, 'metadata is lost', -20),
    ],
    or: [
      {
        cause: 'replica_readonly_metadata_lost',
        summary: 'its metadata in Keeper is gone',
        question: 'Does the replica’s path exist in Keeper?',
      },
      {
        cause: 'replica_readonly_suspicious_parts',
        summary: 'its parts differ too much from Keeper’s list',
        question: 'Does the server’s log at start name suspicious parts?',
      },
    ],
  },
  {
    cause: 'replica_readonly_metadata_lost',
    side: 'server',
    codes: [242, 999, 244],
    text: /(?:no|without) metadata in (?:Zoo)?Keeper|metadata .{0,60}(?:in (?:Zoo)?Keeper )?(?:is |was )?(?:lost|missing|not found)|No metadata|REPLICA_IS_LOST|Can't get data for node .{0,120}\/(?:metadata|replicas)|SYSTEM RESTORE REPLICA|node doesn't exist.{0,80}\/(?:metadata|columns|replicas)/i,
    strength: 88,
    summary: 'The table’s metadata in Keeper is gone, so the replica stays read-only',
    remedies: ['SYSTEM RESTORE REPLICA on one replica first (the data lies on its disk), then on the others'],
    question: 'Does the replica’s path exist in Keeper (system.zookeeper)?',
  },
  {
    cause: 'replica_readonly_suspicious_parts',
    side: 'server',
    codes: [231, 242],
    text: /local set of parts .{0,40}doesn't look like the set of parts|rows are suspicious|Suspiciously many|TOO_MANY_UNEXPECTED_DATA_PARTS|suspicious.{0,20}(?:parts|broken)|broken parts/i,
    strength: 93,
    only: true,
    summary: 'At start the replica found its parts too different from Keeper’s list and stays read-only for safety',
    remedies: [
      'Find out why (a restored disk, another replica’s folder); then flags/force_restore_data, or max_suspicious_broken_parts raised for once: parts that Keeper does not know go to detached/',
    ],
    question: 'Was the disk or the Keeper restored from a backup?',
  },
  {
    cause: 'keeper_znode_list_too_large',
    side: 'server',
    codes: [999],
    text: /(?:Operation timeout|Connection loss|Packet len|too large).{0,80}(?:for )?request List|request List for path|Len error|jute\.maxbuffer|response .{0,30}too large.{0,40}Keeper/i,
    strength: 90,
    summary:
      'Keeper cannot list a node with too many children, for example the block numbers of partitions that were dropped long ago',
    remedies: [
      'Remove the children that nothing needs (block_numbers of dropped partitions), raise jute.maxbuffer of ZooKeeper for the while; fewer partitions keep it from coming back',
    ],
    question: 'How many children has the path that the message names?',
  },
  {
    cause: 'keeper_session_expired',
    side: 'server',
    codes: [999, 225],
    text: /(?:ZooKeeper|Keeper) session (?:has been )?expired|Session expired|ZSESSIONEXPIRED|session_expired/i,
    strength: 91,
    summary: 'The session with Keeper ran out; replicated tables are read-only until a new one is there',
    remedies: [
      'Try again after some seconds; where it comes often, look at Keeper’s load and disk, at long pauses of the server, and at session_timeout_ms',
    ],
    question: 'Does it come again and again, and what does Keeper’s own log say at that time?',
  },
  {
    cause: 'keeper_connection_lost',
    side: 'server',
    codes: [999, 225, 319],
    text: /Coordination::Exception|KEEPER_EXCEPTION|Connection loss|NO_ZOOKEEPER|All connection tries failed while connecting to ZooKeeper|Cannot (?:use any of|connect to) (?:provided )?ZooKeeper|ZooKeeper (?:is not|has not been) (?:configured|available)|UNKNOWN_STATUS_OF_INSERT|Can't get (?:zoo)?keeper|Unknown status, client must retry|Operation timeout.{0,60}Keeper/i,
    strength: 74,
    alone: 70,
    own: [999, 225, 319],
    summary: 'The server lost its Keeper, or has none: whether the block is stored may be unknown',
    remedies: [
      'Look at Keeper first (echo ruok, its log, its disk); send the same block again, unchanged: replicated tables drop it if it is stored already',
      'Replicated engines need <zookeeper> or <keeper_server> in the configuration',
    ],
    question: 'Do all Keeper nodes answer, and is one of them leader?',
    signals: [here(/request List/i, 'it was listing a node', -16), here(/expired/i, 'the session ran out', -12)],
  },
  {
    cause: 'mutation_waits_for_inactive_replica',
    side: 'server',
    codes: [341, 159],
    text: /Mutation is not finished because some replicas are inactive|some replicas are inactive right now|UNFINISHED|is not executed on some replicas|Alter is not finished because|DDL task.{0,60}(?:not finished|are unfinished|inactive)/i,
    strength: 92,
    alone: 76,
    own: [341],
    summary: 'An ALTER waits for replicas that are down; it goes on by itself, and what follows it fails meanwhile',
    remedies: [
      [
        'Bring the inactive replica back or drop it',
        ', or use mutations_sync = 1 or alter_sync = 1 to wait for the own one only',
      ],
      'Errors that follow, such as a missing column, are its consequence',
    ],
    question: 'Which replicas are inactive in system.replicas?',
  },
  {
    cause: 'quorum_not_reached',
    side: 'server',
    codes: [285, 286, 289, 319],
    text: /Unknown quorum status|verify (?:the )?quorum|waiting for quorum|Another quorum insert|Quorum for previous write has not been satisfied|Number of alive replicas .{0,40}less than requested quorum|TOO_FEW_LIVE_REPLICAS|UNSATISFIED_QUORUM|insert_quorum/i,
    strength: 92,
    alone: 84,
    own: [285, 286, 289],
    summary: 'Too few replicas are alive for the insert_quorum that was asked for',
    remedies: [
      'Bring replicas back, or lower insert_quorum: rows acknowledged by fewer replicas can be lost with them',
    ],
    question: 'How many replicas are active in system.replicas?',
  },
  {
    cause: 'shard_unreachable',
    side: 'server',
    codes: [279, 209, 210, 519, 297, 254],
    text: /All connection tries failed(?! while connecting to ZooKeeper)|ALL_CONNECTION_TRIES_FAILED|NO_REMOTE_SHARD_AVAILABLE|SHARD_HAS_NO_CONNECTIONS|NO_ACTIVE_REPLICAS|Attempt to read after eof.{0,80}while receiving packet from/i,
    strength: 92,
    alone: 78,
    own: [279, 519, 297, 254],
    summary: 'The server that was asked could not reach a shard or replica that it needs',
    remedies: [
      'Look at system.clusters (errors_count) on that server and at the way from it to the others: names, ports 9000 and 9440, interserver credentials',
    ],
    question: 'Does SELECT 1 through remote() from that server to the shard succeed?',
  },
]);
