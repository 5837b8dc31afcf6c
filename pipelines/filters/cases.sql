-- One row for each annotator that stands on a labelled comparison, from the annotators' last words. Comparisons and annotators are
-- numbers, `i` and `k`, and so are orders, `o`, -1 where there was none: there are as many rows as judgments.
with shown as (
    select
        i,
        k,
        o,
        avg(lean) as lean,
        min(lean) as least,
        max(lean) as most
    from judgments
    group by all
),

stands as (
    select
        i,
        k,
        avg(lean) as lean,
        count(*) filter (o >= 0) = 2 and min(least) <> max(most) as is_flipped,
        bool_or(least <> most) as is_torn
    from shown
    group by all
),

numbered as (
    select
        i,
        k,
        response_ids,
        ratings,
        row_number() over () as j
    from scored
    where len(response_ids) = 2
),

scores as (
    select
        i,
        k,
        j,
        response_ids,
        unnest(ratings, recursive := true)
    from numbered
),

differences as (
    select
        i,
        k,
        avg(score) filter (where response_id = response_ids[1])
        - avg(score) filter (where response_id = response_ids[2]) as difference
    from scores
    group by i, k, j, attribute
),

rated as (
    select
        i,
        k,
        avg(sign(difference)) as rated
    from differences
    where difference is not null
    group by all
)

select
    s.i,
    s.k,
    s.lean,
    s.is_flipped,
    s.is_torn,
    r.rated
from stands as s
left join rated as r using (i, k)
order by s.i, s.k
