-- title: Most orders of the last 30 days say where the buyer came from
-- failure: Hardly any order of the last 30 days says where the buyer came from
-- why: When a site stops passing the UTM parameters on, the reports by campaign go empty without an error.
-- phases: after
-- severity: warn
-- tables: stg_qtickets_api_orders_raw

-- title: percent of orders without UTM
-- expect: value <= 95
SELECT if(count() = 0, 0, round(100 * countIf(utm_source = '' AND utm_medium = '' AND utm_campaign = '') / count(), 1)) AS percent
FROM {database:Identifier}.{table:Identifier} FINAL
WHERE sale_ts >= now() - 30 * 86400;
