"""The two files beside the data: README.md for people and loaders, lineage.json for programs."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from winnow.schemas.labels import Annotator
from winnow.schemas.plurals import agreeing, counted
from winnow.schemas.printable import printable
from winnow.warehouse.export.facts import ExportFacts
from winnow.warehouse.export.layout import Layout
from winnow.warehouse.export.not_carried import notes_on_columns
from winnow.warehouse.export.rubrics import RubricsInForce

_REASONS = {
    "tied": "neither response is better, and this format has no place for ties",
    "chosen_and_rejected": "better than one response and worse than another, so neither good nor bad",
    "holds_image": "a turn holds an image",
    "needs_roles": "the prompt is more than one user turn of text",
    "uses_tools": "it offers or calls tools, which this trainer does not show the model",
    "names_speaker": "a turn names its speaker, which this format has no place for",
    "prefilled": "the responses go on from a turn that was begun, which this format cannot tell",
    "several_turns": "a response is several turns, which plain text cannot tell",
    "changed_arguments": "the arguments of a tool call hold what readers of JSON change: NaN, a whole number of more than"
    " 64 bits, a fraction of too many digits, a key that comes twice",
    "no_length_controlled_margin": "too few preferences to tell what length adds to a label",
    "no_reference": "there is no reference answer to score against",
    "no_rubric": "no rubric in force applies to the prompt",
    "graded_criteria": "a criterion is graded, and this format has a place only for what is met or not",
    "criteria_by_turn": "a criterion is about one turn, which this format cannot tell",
    "criteria_that_require_others": "a criterion counts only where another is met, which this format cannot tell",
    "weighted_criteria": "criteria count differently, and this format has no place for weights",
    "no_verdict": "nobody could tell whether it is fulfilled",
    "annotators_disagree": "one annotator says that it is fulfilled, another that it is not",
}


def lineage_json(facts: ExportFacts) -> str:
    """Write down where each byte comes from."""
    lineage = facts.provenance.facts() | {
        **asked_for(facts.layout, facts.splits, facts.rubrics),
        "n_rows": facts.n_rows,
        "n_left_out": facts.n_left_out,
        "n_prompts_moved_between_splits": facts.n_prompts_moved,
        "loads_with": f"datasets>={facts.oldest_datasets}",
        "files": {f.path: {"sha256": f.sha256, "n_bytes": f.n_bytes} for f in facts.files},
    }
    return json.dumps(lineage, indent=2, ensure_ascii=False) + "\n"


def asked_for(
    layout: Layout, splits: dict[str, float] | None, rubrics: RubricsInForce | None = None
) -> dict[str, Any]:
    """Return what an export was asked for, beside its release, as lineage.json has it."""
    asked = {
        "format": layout.name,
        "options": layout.model_dump(),
        "splits": splits or "as published",
    }
    return asked | ({"rubrics_sha256": rubrics.sha256} if rubrics else {})


def read_me(facts: ExportFacts) -> str:
    """Write the dataset card: its head tells loaders where the splits are, the rest tells people what this is."""
    parts = [_title(facts), _counts(facts), _left_out(facts), _labelling(facts), _origin(facts)]
    return _head(facts) + "\n\n".join(parts) + "\n"


def _head(facts: ExportFacts) -> str:
    from datasets import DatasetInfo
    from datasets.info import DatasetInfosDict
    from huggingface_hub import DatasetCardData

    # Loaders take splits in this order, and people look for train first.
    splits = sorted((s for s, n in facts.n_rows.items() if n), key=_split_rank)
    paths = {Path(file.path).name.split("-")[0]: file.path for file in facts.files}
    data_files = [{"split": s, "path": paths[s]} for s in splits]
    card = DatasetCardData(
        pretty_name=facts.provenance.release.release,
        tags=["preference", "winnow", facts.layout.name],
        configs=[{"config_name": "default", "data_files": data_files}],
    )
    info = DatasetInfo(features=facts.features)
    DatasetInfosDict({"default": info}).to_dataset_card_data(card)
    return f"---\n{card.to_yaml()}\n---\n\n"


def _title(facts: ExportFacts) -> str:
    release = facts.provenance.release
    return (
        f"# {release.release} as {facts.layout.name}\n\n"
        f"Preference data curated with Winnow {facts.provenance.run.code_version}. For {facts.layout.read_by}\n\n"
        "```python\n"
        "from datasets import load_dataset\n\n"
        'splits = load_dataset("path/to/this/folder")\n'
        f"```\n\nLoads with `datasets` {facts.oldest_datasets} or newer."
    )


def _counts(facts: ExportFacts) -> str:
    rows = [(split, f"{n:,}") for split, n in sorted(facts.n_rows.items(), key=_rank_of_item)]
    text = f"## Rows\n\n{_table(('split', facts.layout.unit), rows)}\n\n"
    text += f"The release holds {counted(facts.provenance.release.n_preferences, 'preference')}. "
    text += "All rows of one prompt stand in one split. "
    if facts.splits is None:
        return text + "The splits are those that the release was published with."
    shares = ", ".join(f"{name} {share:g}" for name, share in facts.splits.items())
    text += f"The splits were drawn for this export ({shares}): what the release holds out stays held out where a split"
    text += " of that name was asked for; a hash decides on the rest, alike for prompts that nearly say the same."
    return " ".join([text, *split_notes(facts)])


def split_notes(facts: ExportFacts) -> tuple[str, ...]:
    """Say what splits that were drawn for an export do not promise, a sentence each."""
    if facts.splits is None:
        return ()
    notes = []
    if n := facts.n_prompts_moved:
        notes.append(
            f"{counted(n, 'prompt')} {agreeing(n, 'stands', 'stand')} in another split than the release was published with:"
            " do not evaluate what was trained on this export on the release's own splits."
        )
    if n := facts.n_prompts_let_in:
        notes.append(
            f"{counted(n, 'prompt')} that the release holds out {agreeing(n, 'stands', 'stand')} in train."
        )
    if n := facts.n_prompts_ungrouped:
        notes.append(
            f"{counted(n, 'prompt')} may nearly say the same as prompts of another split:"
            " the release was made before it was kept which ones do."
        )
    return tuple(notes)


def column_notes(facts: ExportFacts) -> tuple[str, ...]:
    """Name what a release holds and its rows have no place for, a sentence each."""
    return tuple(notes_on_columns(facts.n_not_carried))


def _left_out(facts: ExportFacts) -> str:
    notes = "".join(f"\n\n{note[0].upper()}{note[1:]}" for note in column_notes(facts))
    return _rows_left_out(facts) + notes


def _rows_left_out(facts: ExportFacts) -> str:
    if not facts.n_left_out:
        return "## Left out\n\nNothing was left out."
    rows = [
        (reason, f"{n:,}", _REASONS.get(reason, ""))
        for reason, n in sorted(facts.n_left_out.items(), key=lambda item: (-item[1], item[0]))
    ]
    return f"## Left out\n\n{_table(('reason', facts.layout.unit, 'why'), rows)}"


def _labelling(facts: ExportFacts) -> str:
    head = (
        "annotator",
        "kind",
        "judgments",
        "same verdict in both orders",
        "right on gold",
        "weight",
    )
    rows = [_annotator_row(annotator) for annotator in facts.provenance.annotators]
    return (
        "## How it was labelled\n\n"
        "Each label is a posterior over the verdicts of all annotators; `confidence` is its probability that the"
        " published verdict is right. The weight is what one more decisive verdict adds to the log-odds of a label,"
        " given what the others say, in nats; an annotator of weight 0 decides nothing.\n\n"
        f"{_table(head, rows)}"
    )


def _annotator_row(annotator: Annotator) -> tuple[str, ...]:
    gold = _share(annotator.gold_accuracy)
    return (
        _code(annotator.annotator_id),
        annotator.kind,
        f"{annotator.n_judgments:,}",
        _share(annotator.order_consistency),
        f"{gold} of {annotator.n_gold:,}" if annotator.n_gold else "not measured",
        f"{annotator.weight:.2f}",
    )


def _origin(facts: ExportFacts) -> str:
    provenance = facts.provenance
    models = ", ".join(
        f"{_code(use.model)} ({_word(use.revision or 'revision unknown')})"
        for use in provenance.run.models
    )
    return (
        "## Where it comes from\n\n"
        f"Release `{provenance.release.release}`, published {provenance.release.created_at:%Y-%m-%d %H:%M} UTC by run"
        f" `{provenance.run.run_id}` (snapshot {provenance.snapshot}, settings {provenance.settings_hash}).\n"
        f"Models called: {models or 'none'}.\n"
        f"{_rubrics(facts)}"
        "Every row carries the ids by which the warehouse leads back to each vote; `lineage.json` holds the hashes of"
        " the data files.\n\n"
        "## Licence\n\n"
        "Unknown. It depends on the prompts, on the models that wrote and judged the responses, and on what people"
        " agreed to when they labelled them."
    )


def _rubrics(facts: ExportFacts) -> str:
    if facts.rubrics is None:
        return ""
    return (
        "Rubrics are those that were in force in the warehouse when this was written, which may be later than the release"
        f" (`{facts.rubrics.sha256}`).\n"
    )


def _code(text: str) -> str:
    """Write a name as a span of code that ends where the name does, whatever is in it."""
    line = printable(" ".join(text.split()))
    longest = max((len(run) for run in re.findall(r"`+", line)), default=0)
    ticks, space = "`" * (longest + 1), " " if longest else ""
    return f"{ticks}{space}{line}{space}{ticks}"


def _word(text: str) -> str:
    """Write what is a word or two as it is, and all else as code."""
    return text if re.fullmatch(r"[\w ./:@+-]+", text) else _code(text)


def _share(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.0%}"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines
    )


def _split_rank(split: str) -> tuple[int, str]:
    return {"train": 0, "validation": 1, "test": 2}.get(split, 3), split


def _rank_of_item(item: tuple[str, Any]) -> tuple[int, str]:
    return _split_rank(item[0])
