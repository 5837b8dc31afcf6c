-- One row for each annotator that stands on a labelled comparison, from the annotators' last words. Comparisons and annotators are
-- numbers, `i` and `k`, since there are as many rows as judgments.
with readable as (
    select
        c.i,
        a.k,
        j."order",
        case j.verdict when 'a' then 1 when 'b' then -1 else 0 end as lean
    from judgments as j
    inner join cases as c using (comparison_id)
    inner join people as a using (annotator_id)
    where j.verdict <> 'invalid'
),

shown as (
    select
        i,
        k,
        "order",
        avg(lean) as lean,
        min(lean) as least,
        max(lean) as most
    from readable
    group by all
),

stands as (
    select
        i,
        k,
        avg(lean) as lean,
        count("order") = 2 and min(least) <> max(most) as is_flipped,
        bool_or(least <> most) as is_torn
    from shown
    group by all
),

scores as (
    select
        c.i,
        a.k,
        c.response_ids,
        j.judgment_id,
        unnest(j.ratings, recursive := true)
    from judgments as j
    inner join cases as c using (comparison_id)
    inner join people as a using (annotator_id)
    where j.verdict <> 'invalid' and len(j.ratings) > 0 and len(c.response_ids) = 2
),

differences as (
    select
        i,
        k,
        avg(score) filter (where response_id = response_ids[1])
        - avg(score) filter (where response_id = response_ids[2]) as difference
    from scores
    group by i, k, judgment_id, attribute
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
