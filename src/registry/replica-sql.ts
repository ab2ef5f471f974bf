import type { SqlFile } from '../model/sql.ts';

/** How a statement on one log of the node that answers is put to replicas: `@every` to all at once, `@each` to one by its address. */
export type ToReplicas = 'every' | 'each';

const SOURCE = {
  every: (table: string) => `clusterAllReplicas({cluster:String}, system, ${table})`,
  each: (table: string) => `remote({address:String}, system, ${table})`,
};
/** Replicas are numbered in the order of system.clusters. */
const COLUMNS = {
  every: 'toUInt32(_shard_num) AS node,\n    hostName() AS node_name,',
  each: 'hostName() AS node_name,',
};
const KEYS = { every: 'node, node_name', each: 'node_name' };

/** Its twin for replicas: `text-log-tally@every`. The same columns, those that tell the node before them. */
export function onReplicas(file: SqlFile, to: ToReplicas): SqlFile {
  return {
    ...file,
    name: `${file.name}@${to}`,
    title: `${file.title}, of ${to === 'every' ? 'every replica' : 'a replica'}`,
    params: [...file.params, to === 'every' ? 'cluster' : 'address'],
    text(system) {
      const text = file
        .text(system)
        .replace(/^SELECT\b/, `SELECT\n    ${COLUMNS[to]}`)
        .replace(/^FROM system\.(\w+)$/m, (_, table: string) => `FROM ${SOURCE[to](table)}`)
        .replace(/^GROUP BY /m, `GROUP BY ${KEYS[to]}, `)
        .replace(/\nLIMIT /, `, ${KEYS[to]}\nLIMIT `);
      // A replica that is down is passed over, and missed by the one who asks.
      return to === 'every' ? `${text}\nSETTINGS skip_unavailable_shards = 1` : text;
    },
  };
}
