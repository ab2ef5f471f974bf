-- title: The dashboards show what is staged
-- failure: The dashboards do not show what is staged
-- why: Dashboards read the facts. A day that is staged and not in them, or twice in them, is a wrong figure on a wall.
-- phases: after
-- tables: fact_qtickets_sales_daily

-- title: days whose tickets differ between staging and facts, summed without FINAL
-- expect: empty
SELECT day, sum(staged) AS tickets_staged, sum(counted) AS tickets_in_facts
FROM
(
    SELECT day, toInt64(sum(tickets)) AS staged, toInt64(0) AS counted
    FROM
    (
        SELECT toDate(sale_ts, 'Europe/Moscow') AS day, tickets_sold AS tickets
        FROM {database:Identifier}.stg_qtickets_api_orders_raw FINAL
        ORDER BY order_id, _ver DESC, sale_ts DESC
        LIMIT 1 BY order_id
    )
    GROUP BY day
    UNION ALL
    SELECT sales_date AS day, toInt64(0) AS staged, toInt64(sum(tickets_sold)) AS counted
    FROM {database:Identifier}.{table:Identifier}
    GROUP BY sales_date
)
WHERE day >= toDate(now() - 30 * 86400, 'Europe/Moscow')
GROUP BY day
HAVING tickets_staged > 0 AND tickets_staged != tickets_in_facts
ORDER BY day
LIMIT 100;

-- title: events with a snapshot of places that are not in the newest ones
-- expect: empty
SELECT event_id
FROM {database:Identifier}.stg_qtickets_api_inventory_raw
WHERE event_id NOT IN (SELECT event_id FROM {database:Identifier}.fact_qtickets_inventory_latest)
GROUP BY event_id
ORDER BY event_id
LIMIT 100;
