-- title: blocks that Distributed tables have yet to pass on, with every column this version has
-- needs: system.distribution_queue
SELECT database AS of_database, *
FROM system.distribution_queue
WHERE (empty({tables:Array(String)}) OR (has({databases:Array(String)}, database) AND has({tables:Array(String)}, table)))
ORDER BY database, table, data_path
LIMIT {limit:UInt64}
