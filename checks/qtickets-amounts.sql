-- title: No order has a negative amount
-- failure: Orders have negative amounts
-- why: A refund is a basket that is gone, not a price below zero: a negative amount is a mistake of the source or of the transformation.
-- phases: after
-- tables: stg_qtickets_api_orders_raw
-- expect: empty
SELECT order_id, revenue, currency
FROM {database:Identifier}.{table:Identifier} FINAL
WHERE revenue < 0
ORDER BY revenue, order_id
LIMIT 100;
