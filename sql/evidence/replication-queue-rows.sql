-- title: what replicas of tables have yet to do, with every column this version has
-- needs: system.replication_queue
SELECT database AS of_database, *
FROM system.replication_queue
WHERE (empty({tables:Array(String)}) OR (has({databases:Array(String)}, database) AND has({tables:Array(String)}, table)))
ORDER BY database, table, position
LIMIT {limit:UInt64}
