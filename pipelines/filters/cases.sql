-- One row a labelled comparison, from the annotators' last words: its label, where each annotator stands on it, its responses.
with readable as (
    select
        *,
        case verdict when 'a' then 1 when 'b' then -1 else 0 end as lean
    from judgments
    where verdict <> 'invalid'
),

shown as (
    select
        comparison_id,
        annotator_id,
        "order",
        avg(lean) as lean,
        min(verdict) as one,
        max(verdict) as other,
        count(*) as n,
        list(judgment_id) as judgment_ids
    from readable
    group by all
),

-- Few annotators say anything twice.
torn as (
    select
        comparison_id,
        annotator_id,
        true as is_torn
    from readable
    semi join (select comparison_id, annotator_id from shown where n > 1 and one <> other)
        using (comparison_id, annotator_id)
    group by comparison_id, annotator_id, "order"
    having count(distinct verdict) > 1
),

stands as (
    select
        comparison_id,
        annotator_id,
        count("order") = 2 and min(one) <> max(other) as is_flipped,
        list_sort(flatten(list(judgment_ids))) as judgment_ids,
        avg(lean) as lean
    from shown
    group by all
),

scores as (
    select
        comparison_id,
        annotator_id,
        judgment_id,
        unnest(ratings, recursive := true)
    from readable
    where len(ratings) > 0
),

differences as (
    select
        s.comparison_id,
        s.annotator_id,
        avg(s.score) filter (where s.response_id = c.response_ids[1])
        - avg(s.score) filter (where s.response_id = c.response_ids[2]) as difference
    from scores as s
    inner join comparisons as c using (comparison_id)
    where len(c.response_ids) = 2
    group by s.comparison_id, s.annotator_id, s.judgment_id, s.attribute
),

rated as (
    select
        comparison_id,
        annotator_id,
        avg(sign(difference)) as rated
    from differences
    where difference is not null
    group by all
),

weighed as (
    select
        s.comparison_id,
        -- Sorted by the first field; an ordered aggregate takes twice as long.
        list_sort(
            list(
                (
                    s.annotator_id,
                    a.weight,
                    s.is_flipped,
                    s.judgment_ids,
                    a.kind,
                    s.lean,
                    coalesce(t.is_torn, false),
                    r.rated
                )
            )
        ) as stands
    from stands as s
    inner join annotators as a using (annotator_id)
    left join (select distinct * from torn) as t using (comparison_id, annotator_id)
    left join rated as r using (comparison_id, annotator_id)
    group by s.comparison_id
)

select
    l.comparison_id,
    c.prompt_id,
    l.p_a,
    l.p_b,
    l.p_tie,
    l.agreement,
    coalesce(w.stands, []) as stands,
    c.response_ids,
    l.low,
    l.high
from labels as l
inner join comparisons as c using (comparison_id)
left join weighed as w using (comparison_id)
order by l.comparison_id
