-- title: settings in force for this user that matter to inserts
-- needs: system.settings
SELECT
    name,
    value,
    default AS default_value, -- if: system.settings.default
    toUInt8(changed) AS changed
FROM system.settings
WHERE has({names:Array(String)}, name)
    OR (changed AND (startsWith(name, 'input_format_') OR startsWith(name, 'insert_') OR startsWith(name, 'async_insert')))
ORDER BY name
LIMIT {limit:UInt64}
