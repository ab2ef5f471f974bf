-- title: materialized views that hang on tables
-- needs: system.tables
-- shape: its answer settles what is counted
SELECT
    database,
    name AS table,
    arrayJoin(arrayMap((d, v) -> (d, v), dependencies_database, dependencies_table)) AS dependency,
    dependency.1 AS view_database,
    dependency.2 AS view
FROM system.tables
WHERE has({databases:Array(String)}, database) AND has({tables:Array(String)}, name)
ORDER BY database, table, view_database, view
LIMIT {limit:UInt64}
