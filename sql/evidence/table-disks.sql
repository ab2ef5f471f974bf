-- title: disks that the storage policies of tables write to
-- needs: system.tables, system.storage_policies
SELECT
    t.database AS database,
    t.name AS table,
    t.storage_policy AS policy,
    p.disks AS disks
FROM system.tables AS t
INNER JOIN system.storage_policies AS p ON p.policy_name = t.storage_policy
WHERE has({databases:Array(String)}, t.database) AND has({tables:Array(String)}, t.name) AND t.storage_policy != ''
ORDER BY database, table, p.volume_name
LIMIT {limit:UInt64}
