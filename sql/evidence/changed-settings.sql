-- title: settings that differ from the defaults of this version, for this user
-- needs: system.settings
SELECT
    name,
    value,
    default AS default_value -- if: system.settings.default
    '' AS default_value -- unless: system.settings.default
FROM system.settings
WHERE changed = 1
ORDER BY name
LIMIT {limit:UInt64}
