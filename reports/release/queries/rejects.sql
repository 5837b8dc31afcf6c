-- Rejects of the run by stage and reason, with three of each.
SELECT
    stage,
    reason,
    count(*) AS n,
    list({record: record, record_id: record_id, detail: detail} ORDER BY record_id)[:3] AS examples
FROM rejects
WHERE run_id = $run
GROUP BY stage, reason
ORDER BY n DESC, stage, reason
