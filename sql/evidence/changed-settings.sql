-- title: settings that differ from the defaults of this version, for this user
-- needs: system.settings
-- log_comment is the tag of this very statement.
SELECT
    name,
    value,
    default AS default_value -- if: system.settings.default
    '' AS default_value -- unless: system.settings.default
FROM system.settings
WHERE changed = 1 AND NOT (name = 'log_comment' AND value LIKE 'chwitness%')
ORDER BY name
LIMIT {limit:UInt64}
