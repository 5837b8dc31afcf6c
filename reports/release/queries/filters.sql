-- What each filter of the run does, alone and with those before it, to coverage and to accuracy on gold.
SELECT * EXCLUDE (run_id)
FROM filter_effects
WHERE run_id = $run
ORDER BY position
