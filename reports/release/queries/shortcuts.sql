-- How well each shortcut predicts the labels that the run published, what warns and what leans most first.
SELECT *
FROM shortcuts
WHERE run_id = $run
ORDER BY is_warning DESC, abs(accuracy - 0.5) DESC, shortcut
