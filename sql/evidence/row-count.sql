-- title: rows of one table
SELECT toString(count()) AS rows
FROM {database:Identifier}.{table:Identifier}
