-- title: settings of MergeTree tables that differ from the defaults of this version
-- needs: system.merge_tree_settings
SELECT
    name,
    value,
    default AS default_value -- if: system.merge_tree_settings.default
    '' AS default_value -- unless: system.merge_tree_settings.default
FROM system.merge_tree_settings
WHERE changed = 1
ORDER BY name
LIMIT {limit:UInt64}
