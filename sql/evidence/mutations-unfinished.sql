-- title: mutations that are not done, oldest first
-- needs: system.mutations
SELECT
    database,
    table,
    mutation_id,
    command,
    toString(create_time, 'UTC') AS created,
    toString(toInt64(now() - create_time)) AS age_seconds,
    toString(parts_to_do) AS parts_to_do,
    latest_fail_reason -- if: system.mutations.latest_fail_reason
    '' AS latest_fail_reason -- unless: system.mutations.latest_fail_reason
FROM system.mutations
WHERE NOT is_done
    AND NOT is_killed -- if: system.mutations.is_killed
ORDER BY create_time, database, table, mutation_id
LIMIT {limit:UInt64}
