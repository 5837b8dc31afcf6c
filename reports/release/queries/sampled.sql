-- What each model made of the requests for responses.
SELECT * EXCLUDE (run_id)
FROM sampled
WHERE run_id = $run
ORDER BY model, model_revision
