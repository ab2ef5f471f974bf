-- title: disks of the server with their room
-- needs: system.disks
SELECT
    name,
    type, -- if: system.disks.type
    toString(keep_free_space) AS keep_free_space, -- if: system.disks.keep_free_space
    toString(unreserved_space) AS unreserved_space, -- if: system.disks.unreserved_space
    toString(free_space) AS free_space,
    toString(total_space) AS total_space
FROM system.disks
ORDER BY name
LIMIT {limit:UInt64}
