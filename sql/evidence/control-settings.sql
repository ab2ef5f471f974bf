-- title: settings of this user that decide which of its statements are logged
-- needs: system.settings
SELECT name, value
FROM system.settings
WHERE startsWith(name, 'log_queries')
ORDER BY name
LIMIT {limit:UInt64}
