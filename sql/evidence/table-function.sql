-- title: whether this version has a table function
-- needs: system.table_functions
-- shape: its answer settles how replicas are asked
SELECT name
FROM system.table_functions
WHERE name = {name:String}
ORDER BY name
LIMIT 1
