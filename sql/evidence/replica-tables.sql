-- title: tables of a replica
-- needs: system.tables
SELECT
    database,
    name AS table,
    engine,
    engine_full, -- if: system.tables.engine_full
    create_table_query AS create_query, -- if: system.tables.create_table_query
    sorting_key, -- if: system.tables.sorting_key
    primary_key, -- if: system.tables.primary_key
    partition_key, -- if: system.tables.partition_key
    sampling_key, -- if: system.tables.sampling_key
    hostName() AS hostname
FROM remote({address:String}, system, tables)
WHERE has({databases:Array(String)}, database) AND has({tables:Array(String)}, name)
ORDER BY database, table
LIMIT {limit:UInt64}
