-- title: settings of MergeTree tables, server-wide
-- needs: system.merge_tree_settings
SELECT
    name,
    value
FROM system.merge_tree_settings
WHERE has({names:Array(String)}, name)
ORDER BY name
LIMIT {limit:UInt64}
