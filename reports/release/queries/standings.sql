-- How the models stand against each other, as was said and by the labels of the run: strongest first.
SELECT * EXCLUDE (run_id)
FROM standings
WHERE run_id = $run
ORDER BY part, strength DESC, model
