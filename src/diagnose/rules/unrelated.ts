import { patternRule } from '../pattern-rule.ts';
import { here } from '../signals.ts';

/** What stands in the same logs and belongs to something else: named, so that nobody takes it for the cause. */
export const unrelated = patternRule('unrelated', 'unrelated', [
  {
    cause: 'ipv6_listen_unavailable_unrelated',
    side: 'config',
    codes: [210, 1000],
    text: /Listen \[[^\]]*\](?::\d+)? failed|Listen \S+ failed.{0,120}(?:Address family|Cannot assign requested address|not supported)|Address family for hostname not supported|IPv6 or IPv4 address/i,
    strength: 94,
    only: true,
    summary:
      'At its start the server could not listen on an IPv6 address: it listens on the others, and the load has nothing to do with it',
    remedies: ['Nothing; to keep the log quiet set <listen_host>0.0.0.0</listen_host> or listen_try = 1'],
    question: 'Does the server answer on its IPv4 address?',
  },
  {
    cause: 'server_start_noise_unrelated',
    side: 'server',
    text: /Cannot set max size of core file|Couldn't (?:get|set) .{0,40}(?:capabilit|rlimit)|Linux is not using a fast|transparent huge ?pages|delay accounting is not enabled|Server logging level is set|perf_event|jemalloc.{0,40}background|CPU frequency|No users? directories|Listen .{1,40}port \d+.{0,80}Address already in use|Failed to (?:query|get) .{0,40}(?:timezone|systemd|cgroup)/i,
    from: ['server', 'text_log'],
    strength: 70,
    summary: 'Noise of the server’s start: it has nothing to do with the load',
    remedies: ['Nothing'],
    question: 'Does it stand at the server’s start, before the load?',
    signals: [here(/Address already in use/i, 'a port is taken: two servers may run', -15)],
  },
]);
