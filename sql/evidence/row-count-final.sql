-- title: rows of one table after its engine's merging rule
SELECT toString(count()) AS rows
FROM {database:Identifier}.{table:Identifier} FINAL
