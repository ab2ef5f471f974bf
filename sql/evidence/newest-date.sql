-- title: oldest and newest value of a date column
SELECT
    toString(count()) AS rows,
    toString(min({column:Identifier})) AS oldest_utc,
    toString(max({column:Identifier})) AS newest_utc,
    toString(max({column:Identifier})) AS newest
FROM {database:Identifier}.{table:Identifier}
