-- title: Every order and every key is staged once
-- failure: Orders are staged more than once
-- why: A key that holds the revenue makes a changed order a second row, and every sum over the table counts both.
-- phases: after
-- tables: stg_qtickets_api_orders_raw

-- title: orders with more than one key
-- expect: empty
SELECT order_id, count() AS versions, uniqExact(_dedup_key) AS different_keys
FROM {database:Identifier}.{table:Identifier} FINAL
GROUP BY order_id
HAVING versions > 1
ORDER BY versions DESC, order_id
LIMIT 100;

-- title: keys of more than one row
-- expect: empty
SELECT _dedup_key, count() AS versions
FROM {database:Identifier}.{table:Identifier} FINAL
GROUP BY _dedup_key
HAVING versions > 1
ORDER BY versions DESC, _dedup_key
LIMIT 100;
