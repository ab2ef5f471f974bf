-- title: the name of a replica
SELECT
    hostName() AS hostname
FROM remote({address:String}, system, one)
