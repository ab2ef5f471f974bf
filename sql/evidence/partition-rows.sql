-- title: rows of each partition of one table, in active parts
-- needs: system.parts
SELECT
    partition,
    toString(sum(rows)) AS rows
FROM system.parts
WHERE active AND database = {database:String} AND table = {table:String}
GROUP BY partition
ORDER BY partition
LIMIT {limit:UInt64}
