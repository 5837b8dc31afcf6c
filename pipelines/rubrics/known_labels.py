"""What is known of which response is better: gold, where it does not contradict itself, else the label."""

from winnow.schemas.likeliest import LIKELIEST_SQL

KNOWN_LABELS_SQL = f"""
CREATE VIEW labelled AS
SELECT comparison_id, coalesce(known.verdict, likely.verdict) AS verdict
FROM (SELECT comparison_id, {LIKELIEST_SQL} AS verdict FROM labels) AS likely
FULL JOIN (
    SELECT comparison_id, any_value(verdict) AS verdict FROM gold GROUP BY comparison_id HAVING count(DISTINCT verdict) = 1
) AS known USING (comparison_id)
"""
"""Makes `labelled`, of comparison_id and verdict, from labels and gold."""
