-- What each model made of the requests for responses, those of all steps together.
SELECT model, model_revision, sum(COLUMNS('^n_'))::BIGINT
FROM sampled
WHERE run_id = $run
GROUP BY model, model_revision
ORDER BY model, model_revision
