-- title: columns of tables
-- needs: system.columns
SELECT
    database,
    table,
    name,
    type,
    compression_codec AS codec, -- if: system.columns.compression_codec
    comment, -- if: system.columns.comment
    default_kind, -- if: system.columns.default_kind
    default_type AS default_kind, -- unless: system.columns.default_kind
    default_expression
FROM system.columns
WHERE has({databases:Array(String)}, database) AND has({tables:Array(String)}, table)
ORDER BY database, table, position -- if: system.columns.position
ORDER BY database, table, rowNumberInAllBlocks() -- unless: system.columns.position
LIMIT {limit:UInt64}
