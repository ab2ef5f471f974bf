-- title: parts of tables that were put aside, with every column this version has
-- needs: system.detached_parts
SELECT database AS of_database, *
FROM system.detached_parts
WHERE (empty({tables:Array(String)}) OR (has({databases:Array(String)}, database) AND has({tables:Array(String)}, table)))
ORDER BY database, table, name
LIMIT {limit:UInt64}
