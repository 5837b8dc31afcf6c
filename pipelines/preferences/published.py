"""The prompts that earlier releases hold, with the split that each has for good."""

from winnow.pipelines.preferences.splits import PublishedPrompts
from winnow.schemas.prompts import Prompt
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.releases import release

# Where releases made before splits were kept for good do not agree on a prompt, the newest holds.
_SPLITS = """
select prompt_id, arg_max(split, (created_at, release)) as split
from preferences join releases using (release)
where $before is null or created_at < $before
group by prompt_id
order by prompt_id
"""
_PROMPTS = f"select p.* from prompts as p semi join ({_SPLITS}) using (prompt_id)"


def published_prompts(warehouse: Warehouse, *, before: str | None = None) -> PublishedPrompts:
    """Read the prompts that were published, of every release name, and their splits.

    Args:
        warehouse: An open warehouse.
        before: A release; only what was published before it counts, as when it was made.

    Raises:
        UnknownName: There is no such release.
    """
    since = {"before": release(warehouse, before).created_at if before else None}
    splits = warehouse.query(_SPLITS, parameters=since)
    schema = Prompt.arrow_schema()
    prompts = warehouse.query(_PROMPTS, parameters=since).select(schema.names).cast(schema)
    columns = (splits[name].to_pylist() for name in ("prompt_id", "split"))
    return PublishedPrompts(prompts, dict(zip(*columns, strict=True)))
