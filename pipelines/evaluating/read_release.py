"""Comparisons from a release of the warehouse: those that gold is known for, or all."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.compute as pc

from winnow.pipelines.evaluating.labelled import GOLD, Labelled, item_of, item_table
from winnow.pipelines.evaluating.recorded import long_form
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.labelling.views import read_views
from winnow.pipelines.stored import stored_tables
from winnow.schemas.errors import MalformedInput
from winnow.schemas.judgments import Gold, Judgment
from winnow.schemas.labels import KnownAnnotator
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.releases import release as find_release
from winnow.warehouse.staging import Staging


def read_release(
    warehouse: Warehouse, name: str, *, keep_views: bool, wants_gold: bool = True
) -> Labelled:
    """Read the comparisons of a release, those that have gold or all, with all that its annotators said of them.

    The domain of a prompt is the subset. Answers that were superseded or put aside are left out; what each judgment
    of a model took is looked up among the stored completions.

    Args:
        warehouse: Where the release lies.
        name: Release such as "preferences@3"; without a number, the newest.
        keep_views: Whether judges are to look at the comparisons.
        wants_gold: Whether only comparisons with gold are of use; else all are read, whether the release has gold or not.

    Raises:
        UnknownName: There is no such release.
        MalformedInput: Its run had no gold.
    """
    name = find_release(warehouse, name).release
    tables = stored_tables(warehouse, name)
    gold = tables[Gold].select(["comparison_id", "verdict"])
    if wants_gold and not gold.num_rows:
        raise MalformedInput(
            f"the run of {name} had no gold, so nothing says which of its judgments are right; give its settings "
            "'gold', or name a folder of labelled comparisons"
        )
    with TemporaryDirectory(prefix="winnow-evaluate-") as folder:
        staging = Staging(Path(folder))
        for record, rows in tables.items():
            staging.write(record, rows)
        known = set(gold["comparison_id"].to_pylist())
        views = [v for v in read_views(staging) if v.comparison_id in known or not wants_gold]
    items = [item_of(view, None, view.prompt.domain) for view in views]
    ids = pa.array([view.comparison_id for view in views], pa.string())
    judgments = tables[Judgment]
    about = judgments.filter(pc.is_in(judgments["comparison_id"], ids))
    return Labelled(
        layout="release",
        items=item_table([item.row for item in items]),
        gold=gold.filter(pc.is_in(gold["comparison_id"], ids))
        .rename_columns(GOLD.names)
        .cast(GOLD),
        judgments=long_form(
            Judgment.from_table(about),
            views,
            CompletionStore(warehouse.settings.completions),
            KnownAnnotator.from_table(tables[KnownAnnotator]),
        ),
        views=views if keep_views else [],
        n_in={"comparisons": len(views), "gold": gold.num_rows, "judgments": about.num_rows},
        rejects=[],
        said=about,
    )
