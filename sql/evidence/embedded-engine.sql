-- title: whether the engine is chDB, which alone has a function of that name
-- needs: system.functions
SELECT count() AS functions
FROM system.functions
WHERE name = 'chdb'
ORDER BY functions
