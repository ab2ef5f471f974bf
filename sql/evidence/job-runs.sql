-- title: last runs of one job in a table of job runs, newest first, times in UTC
SELECT
    toString({status_column:Identifier}) AS status,
    toString({started_column:Identifier}, 'UTC') AS started_at,
    toString({finished_column:Identifier}, 'UTC') AS finished_at,
    toString({rows_column:Identifier}) AS rows_processed,
    toString({message_column:Identifier}) AS message
FROM {database:Identifier}.{table:Identifier}
WHERE {job_column:Identifier} = {job:String}
ORDER BY {started_column:Identifier} DESC, {finished_column:Identifier} DESC
LIMIT {limit:UInt64}
