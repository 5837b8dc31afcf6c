"""What an export knows about itself when its rows are written."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from winnow.warehouse.export.files import ExportFile
from winnow.warehouse.export.layout import Layout
from winnow.warehouse.export.rubrics import RubricsInForce
from winnow.warehouse.provenance import Provenance

if TYPE_CHECKING:
    from datasets import Features


class ExportFacts(NamedTuple):
    """Everything that the card and lineage.json tell."""

    provenance: Provenance
    """What stands behind the release."""

    layout: Layout
    """Format with its options."""

    features: "Features"
    """Columns of the rows."""

    oldest_datasets: str
    """The oldest version of `datasets` that loads them as they were written, such as "3.6"."""

    files: tuple[ExportFile, ...]
    """Data files."""

    splits: dict[str, float] | None
    """Shares that were asked for; None where the release's own splits were kept."""

    n_rows: dict[str, int]
    """Rows by split."""

    n_left_out: dict[str, int]
    """Units left out by reason."""

    n_prompts_moved: int
    """Prompts that stand in another split than the release was published with."""

    n_prompts_let_in: int = 0
    """Of these, prompts that the release holds out and that stand in train here."""

    n_not_carried: Mapping[str, int] = {}
    """Prompts or responses by the column of theirs that holds something and that the format has no place for."""

    rubrics: RubricsInForce | None = None
    """The rubrics that were in force, of a format that writes them."""

    n_prompts_ungrouped: int = 0
    """Prompts of which the release does not say with which others they hang together."""
