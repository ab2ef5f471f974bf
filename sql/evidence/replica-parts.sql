-- title: rows and parts of tables of a replica
-- needs: system.parts
SELECT
    database,
    table,
    toString(sum(rows)) AS row_count,
    toString(count()) AS part_count
FROM remote({address:String}, system, parts)
WHERE active AND has({databases:Array(String)}, database) AND has({tables:Array(String)}, table)
GROUP BY database, table
ORDER BY database, table
LIMIT {limit:UInt64}
