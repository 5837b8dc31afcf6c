-- How each person did in each release, as it was published; weeks hold the agreement with the others.
SELECT
    release,
    person.annotator,
    person.n_verdicts,
    person.gold.hits AS gold_hits,
    person.gold.n AS gold_n,
    coalesce(person.gold.n_answers, person.gold.n) AS gold_n_answers,
    person.repeats.hits AS repeats_hits,
    person.repeats.n AS repeats_n,
    coalesce(person.repeats.n_answers, person.repeats.n) AS repeats_n_answers,
    person.position.hits AS position_hits,
    person.position.n AS position_n,
    coalesce(person.position.n_answers, person.position.n) AS position_n_answers,
    person.seconds.low AS seconds_low,
    person.seconds.median AS seconds_median,
    person.seconds.high AS seconds_high,
    person.weeks
FROM (
    SELECT
        release,
        unnest(from_json(
            json_extract(agreement, '$.people'),
            '[{"annotator": "VARCHAR", "n_verdicts": "BIGINT",
               "gold": {"hits": "BIGINT", "n": "BIGINT", "n_answers": "BIGINT"},
               "repeats": {"hits": "BIGINT", "n": "BIGINT", "n_answers": "BIGINT"},
               "position": {"hits": "BIGINT", "n": "BIGINT", "n_answers": "BIGINT"},
               "seconds": {"n": "BIGINT", "low": "DOUBLE", "median": "DOUBLE", "high": "DOUBLE"},
               "weeks": [{"week": "DATE", "hits": "BIGINT", "n": "BIGINT", "n_answers": "BIGINT"}]}]'
        )) AS person
    FROM releases
)
ORDER BY release, person.n_verdicts DESC, person.annotator
