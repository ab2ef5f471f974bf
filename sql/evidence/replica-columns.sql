-- title: columns of tables of a replica
-- needs: system.columns
SELECT
    database,
    table,
    name,
    type,
    compression_codec AS codec, -- if: system.columns.compression_codec
    default_kind, -- if: system.columns.default_kind
    default_type AS default_kind, -- unless: system.columns.default_kind
    default_expression
FROM remote({address:String}, system, columns)
WHERE has({databases:Array(String)}, database) AND has({tables:Array(String)}, table)
ORDER BY database, table, name
LIMIT {limit:UInt64}
