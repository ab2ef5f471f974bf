-- title: rows of the new parts of one table that the INSERTs of one load made
-- needs: system.part_log
SELECT toString(sum(rows)) AS rows
FROM system.part_log
WHERE event_date >= toDate(toDateTime({from:UInt32})) - 1
    AND event_date <= toDate(toDateTime({to:UInt32})) + 1
    AND toInt8(event_type) = 1
    AND database = {database:String}
    AND table = {table:String}
    AND startsWith(query_id, {prefix:String})
ORDER BY rows
LIMIT 1
