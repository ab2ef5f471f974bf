-- title: oldest and newest value of a time column, in UTC and as the column shows them
SELECT
    toString(count()) AS rows,
    toString(min({column:Identifier}), 'UTC') AS oldest_utc,
    toString(max({column:Identifier}), 'UTC') AS newest_utc,
    toString(max({column:Identifier})) AS newest
FROM {database:Identifier}.{table:Identifier}
