"""Export a release as a folder that `datasets.load_dataset` and trainers read."""

from collections import Counter
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from winnow.schemas.errors import NothingToExport
from winnow.warehouse.export.card import column_notes, lineage_json, read_me, split_notes
from winnow.warehouse.export.facts import ExportFacts
from winnow.warehouse.export.files import ExportFile, SplitFiles, name_by_content
from winnow.warehouse.export.folder import MARK, new_folder
from winnow.warehouse.export.layout import Content, Layout
from winnow.warehouse.export.not_carried import columns_without_place
from winnow.warehouse.export.plain import stretches
from winnow.warehouse.export.rows import PromptGroup, content_of, groups_of, prompt_tables
from winnow.warehouse.export.rubrics import FindRubrics, RubricsInForce, no_rubrics
from winnow.warehouse.export.settings import check_splits, layout_of
from winnow.warehouse.export.standing import standing_export
from winnow.warehouse.export.written import Written, split_for, splits_for
from winnow.warehouse.provenance import Provenance, provenance_of

if TYPE_CHECKING:
    from winnow.warehouse.catalog import Warehouse


class ExportResult(NamedTuple):
    """What an export wrote."""

    path: Path
    """The folder."""

    files: tuple[ExportFile, ...]
    """Data files, with their SHA-256."""

    n_rows: dict[str, int]
    """Rows by split; 0 for a split that was asked for and got none, and so has no file."""

    n_left_out: dict[str, int]
    """Units of the format (preferences, responses or prompts) that it cannot hold, by reason."""

    notes: tuple[str, ...] = ()
    """What its splits do not promise and which columns its rows have no place for, a sentence each."""


def export(
    warehouse: "Warehouse",
    release: str,
    format: str,
    out: Path,
    *,
    splits: dict[str, float] | None = None,
    overwrite: bool = False,
    keep_whole: bool = False,
    rubrics: FindRubrics = no_rubrics,
    **options: Any,
) -> ExportResult:
    """Write a release as a Hugging Face datasets folder, whole or not at all.

    The folder holds a data file a split, README.md (the card, by which `datasets.load_dataset` finds the splits) and
    lineage.json. The same release, format and options give the same bytes.

    Args:
        warehouse: Where the release lies.
        release: Name of the release, such as "preferences@3"; without a number, the newest.
        format: Name of the format, such as "trl".
        out: Folder to write; must not hold anything but an earlier export.
        splits: Share of the prompts by split, summing to 1. Where they are those that the release was published
            with, and for None, its own splits are kept. Otherwise what it holds out stays held out where a split of
            that name is asked for, and a hash decides on the rest; prompts that nearly say the same stand together
            either way. What an export cannot promise, it says in `notes`.
        overwrite: Whether an earlier export at `out` may be replaced.
        keep_whole: Whether `out` is left as it is where it holds just this export, with every byte of it.
        rubrics: Looks up the rubrics in force as they are now, for a format that writes them.
        **options: Options of the format, such as `variant` for "trl".

    Raises:
        UnknownName: No such release or format.
        InvalidSettings: An option or a share is wrong.
        AlreadyExists: Something stands at `out`.
        NothingToExport: Nothing of the release fits the format.
        StorageFull: No space is left.
    """
    layout = layout_of(format, options)
    check_splits(splits)
    provenance = provenance_of(warehouse, release)
    if splits == provenance.published_shares:
        splits = None
    found = rubrics(layout.rubrics == "all") if layout.rubrics else None
    if keep_whole and (standing := standing_export(Path(out), provenance, layout, splits, found)):
        return ExportResult(Path(out), *standing)
    with new_folder(Path(out), overwrite=overwrite) as draft:
        facts = _write_rows(warehouse, provenance, layout, splits, draft, found)
        (draft / MARK).write_text(lineage_json(facts), encoding="utf-8")
        (draft / "README.md").write_text(read_me(facts), encoding="utf-8")
    return ExportResult(
        Path(out),
        facts.files,
        facts.n_rows,
        facts.n_left_out,
        (*split_notes(facts), *column_notes(facts)),
    )


def _write_rows(
    warehouse: "Warehouse",
    provenance: Provenance,
    layout: Layout,
    splits: dict[str, float] | None,
    draft: Path,
    rubrics: RubricsInForce | None,
) -> ExportFacts:
    name = provenance.release.release
    content = content_of(warehouse, name)
    features = layout.features(content)
    without_place = columns_without_place(features, has_responses=layout.unit != "prompts")
    count = Written(splits or provenance.published_shares, without_place)
    with SplitFiles(draft, layout.file_type, features) as files:
        unread = layout.unread(content)
        for rows in prompt_tables(
            warehouse, name, unread, with_verdicts=layout.verdicts, with_steps=layout.steps
        ):
            for stretch in stretches(rows):
                made = layout.columns(stretch.rows, content) if stretch.is_plain else None
                if made is None:
                    groups: Iterable[PromptGroup] = groups_of(stretch.rows)
                    if rubrics:
                        groups = map(partial(_with_rubric, rubrics), groups)
                    _write_groups(groups, layout, content, splits, files, count)
                else:
                    split = splits_for(stretch.rows, splits)
                    files.write_table(split.filter(pa.array(made.is_kept)), made.rows)
                    count.add_plain(stretch.rows, split, made)
    if not count.n_rows.total():
        raise NothingToExport(_why_nothing(name, layout, count.n_left_out))
    return ExportFacts(
        provenance=provenance,
        layout=layout,
        features=features,
        oldest_datasets=layout.oldest_datasets(content),
        files=name_by_content(draft),
        splits=splits,
        n_rows=dict(count.n_rows),
        n_left_out=dict(count.n_left_out),
        n_prompts_moved=count.n_moved,
        n_prompts_let_in=count.n_let_in,
        n_prompts_ungrouped=count.n_ungrouped,
        n_not_carried=count.n_not_carried,
        rubrics=rubrics,
    )


def _with_rubric(rubrics: RubricsInForce, group: PromptGroup) -> PromptGroup:
    """Put the rubric of a prompt beside its preferences."""
    first = group.rows[0]
    first["rubric"] = rubrics.of(group.prompt_id, first["domain"])
    return group


def _write_groups(
    groups: Iterable[PromptGroup],
    layout: Layout,
    content: Content,
    splits: dict[str, float] | None,
    files: SplitFiles,
    count: Written,
) -> None:
    for group in groups:
        split = split_for(group, splits)
        for preference in group.rows:
            preference["split"] = split
        made = layout.rows(group.rows, content)
        files.write(split, made.rows)
        count.add(group, split, made)


def _why_nothing(release: str, layout: Layout, n_left_out: Counter[str]) -> str:
    if not n_left_out:
        what = "verdicts on criteria" if layout.verdicts else "preferences"
        what = "labels of steps" if layout.steps else what
        return f"{release} holds no {what}, so there is nothing to export"
    reasons = ", ".join(f"{reason} {n}" for reason, n in n_left_out.most_common())
    return (
        f"nothing of {release} fits format {layout.name!r}: {n_left_out.total()} {layout.unit} left out"
        f" ({reasons}); 'parquet' holds everything"
    )
