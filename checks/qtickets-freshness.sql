-- title: The newest sale is not older than two days
-- failure: The newest sale is older than two days, or there is none
-- why: A load may end well every half hour and bring nothing: only the time of the newest sale shows it.
-- phases: after
-- severity: warn
-- tables: stg_qtickets_api_orders_raw

-- title: hours since the newest sale
-- expect: value <= 48
SELECT intDiv(toInt64(toUnixTimestamp(now())) - toInt64(toUnixTimestamp(max(sale_ts))), 3600) AS hours
FROM {database:Identifier}.{table:Identifier}
HAVING count() > 0;
