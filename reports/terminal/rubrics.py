"""Rubrics in the terminal: which there are, what one says and rests on, and how two of them differ."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from rich.console import Group, RenderableType
from rich.text import Text

from winnow.annotation.rubrics.comparing import CriterionChange
from winnow.annotation.rubrics.wording_languages import not_checked_words
from winnow.reports.terminal.tables import RowTable, facts_table, number, prose
from winnow.schemas.plurals import counted
from winnow.schemas.prompts import Prompt
from winnow.schemas.rubrics import (
    Criterion,
    CriterionSource,
    MeasuredFigure,
    Proof,
    ProofControls,
    Rubric,
)

_SHORT_ID = 12
_SHOWN_SOURCES = 3
_PROMPT_SHOWN = 200
_MEASURES = {
    "accuracy": "right",
    "gain": "gain",
    "applies": "applies",
    "separates": "separates",
    "left_out": "left out costs",
    "both_orders": "both orders",
    "judge_agreement": "judges agree",
    "people_agreement": "people agree",
    "length_correlation": "with length",
}
"""What the figures of a proof are called, the most telling first."""


class RubricLine(NamedTuple):
    """A rubric as a line of a list."""

    reference: str
    """Name and version."""

    rubric: Rubric
    """The rubric."""

    n_criteria: int
    """How many criteria it has."""

    proof: Proof | None
    """What was shown of it as a whole."""

    state: str
    """Whether it is in force, in a few words."""


class CriterionShown(NamedTuple):
    """A criterion with what there is to show of it."""

    criterion: Criterion
    """The criterion."""

    proof: Proof | None = None
    """What was shown of it."""

    sources: Sequence[CriterionSource] = ()
    """What it rests on."""


def rubrics_table(lines: Iterable[RubricLine]) -> RowTable:
    """List rubrics, one a row."""
    table = RowTable("rubric", number("criteria"), "for", "by", "right", "state", "id")
    for line in lines:
        table.add_row(
            Text(line.reference, style="bold"),
            f"{line.n_criteria:,}",
            purpose(line.rubric),
            line.rubric.source,
            _figure(line.proof.accuracy) if line.proof else "",
            line.state,
            line.rubric.rubric_id[:_SHORT_ID],
        )
    return table


def rubric_view(
    line: RubricLine, prompt: Prompt | None, shown: Sequence[CriterionShown], origin: str = ""
) -> RenderableType:
    """Show one rubric: what it is for, each criterion with its levels, its proof and what it rests on.

    Args:
        line: The rubric.
        prompt: The prompt that it is for; None where it is for more.
        shown: Its criteria.
        origin: Where it was derived; "" where people wrote it.
    """
    rubric = line.rubric
    facts = {
        "for": _prompt(prompt) if prompt else purpose(rubric),
        "by": rubric.source,
        **({"derived from": origin} if origin else {}),
        "state": line.state,
        **({"proof": _proof(line.proof)} if line.proof else {}),
        **({"replaces": rubric.replaces[:_SHORT_ID]} if rubric.replaces else {}),
        "id": rubric.rubric_id,
    }
    title = Text.assemble(
        (line.reference, "bold"), f"  {counted(len(shown), 'criterion', 'criteria')}"
    )
    parts: list[RenderableType] = [title, facts_table(facts)]
    if line.proof is not None and line.proof.controls is not None:
        parts += ["", *_beside_controls(line.proof.controls)]
    for n, one in enumerate(shown, 1):
        parts += ["", Text.assemble((f"{n}. ", "bold"), one.criterion.text)]
        parts.append(facts_table(dict(_facts(one, shown))))
    return Group(*parts)


def changes_view(
    old: str, new: str, changes: Sequence[CriterionChange], proofs: dict[str, Proof]
) -> RenderableType:
    """Show how two rubrics differ, with what was shown of each criterion.

    Args:
        old: What the first is called.
        new: What the second is called.
        changes: Their criteria, side by side.
        proofs: What was shown of a criterion, by its id.
    """
    counts = ", ".join(
        f"{n:,} {change}"
        for change in ("same", "changed", "reworded", "new", "gone")
        if (n := sum(one.change == change for one in changes))
    )
    table = RowTable("change", prose(old), prose(new), "right there", "right here")
    for one in changes:
        table.add_row(
            one.change,
            _worded(one.old),
            "" if one.change == "same" else _worded(one.new),
            _right(one.old, proofs),
            _right(one.new, proofs),
        )
    return Group(f"{old} -> {new}: {counts or 'no criteria'}", "", table)


def refused_table(refused: Iterable[tuple[str, str]]) -> RowTable:
    """Show what was refused: each reason, how often, and what was found the first time.

    Args:
        refused: Reason and detail of each.
    """
    by_reason: dict[str, list[str]] = {}
    for reason, detail in refused:
        by_reason.setdefault(reason, []).append(detail)
    table = RowTable("refused", number("times"), prose("such as"))
    for reason, details in sorted(by_reason.items(), key=lambda one: (-len(one[1]), one[0])):
        table.add_row(reason, f"{len(details):,}", next(filter(None, details), ""))
    return table


def purpose(rubric: Rubric) -> str:
    """Say what a rubric is for."""
    if rubric.prompt_id is not None:
        return f"prompt {rubric.prompt_id[:_SHORT_ID]}"
    return f"domain {rubric.domain}" if rubric.domain is not None else "everything"


def _beside_controls(found: ProofControls) -> Iterator[RenderableType]:
    """Show what the criteria are worth together, by how many they are and beside controls."""
    heads = ["right by", "best", "random", "best over random", "ties"]
    table = RowTable(*heads, *["exchanged labels"] * (found.n_flipped is not None))
    for one in found.sizes:
        ties = "" if one.ties is None else f"{one.ties:.2f}"
        cells = [counted(one.n_criteria, "criterion", "criteria")]
        cells += [_figure(one.best), _figure(one.random), _figure(one.over_random, "+.2f"), ties]
        table.add_row(*cells, *[_figure(one.flipped)] * (found.n_flipped is not None))
    yield table
    if found.length is None:
        return
    said = {
        "length alone": f"right in {_figure(found.length)}",
        "all over it": _figure(found.over_length, "+.2f"),
        "matched": f"right in {_figure(found.matched)} with lengths matched"
        if found.matched
        else "they favour the longer response always, or the shorter, and cannot be told from that",
    }
    yield facts_table(said)


def _facts(one: CriterionShown, shown: Sequence[CriterionShown]) -> Iterator[tuple[str, str]]:
    criterion = one.criterion
    said = [criterion.kind.replace("_", " ")]
    said += [criterion.importance] if criterion.importance else []
    said += [f"weight {criterion.weight:g}"] if criterion.weight != 1 else []
    said += [f"turn {criterion.turn}"] if criterion.turn else []
    yield "   kind", ", ".join(said)
    if unknown := not_checked_words(criterion.text):
        yield "   wording", unknown
    if criterion.title:
        yield "   title", criterion.title
    places = {other.criterion.criterion_id: n for n, other in enumerate(shown, 1)}
    if criterion.requires:
        yield "   after", ", ".join(f"{places[i]}." for i in criterion.requires if i in places)
    for level in criterion.levels:
        yield f"   {level.score:g}", level.text
    if one.proof is not None:
        yield "   proof", _proof(one.proof)
    n_more = len(one.sources) - _SHOWN_SOURCES
    told = [_source(source) for source in one.sources[:_SHOWN_SOURCES]]
    if told:
        yield "   from", "\n".join([*told, *([f"and {n_more:,} more"] if n_more > 0 else [])])


def _source(source: CriterionSource) -> str:
    named = source.subject_id if source.kind == "document" else source.subject_id[:_SHORT_ID]
    quote = f': "{source.quote}"' if source.quote else ""
    return f"{'' if source.kind == 'document' else f'{source.kind} '}{named}{quote}"


def _proof(proof: Proof) -> str:
    verdict = "kept" if proof.is_kept else f"refused ({proof.reason}): {proof.detail}".rstrip(": ")
    if proof.is_by_family:
        verdict = f"kept, {proof.detail}"
    figures = [
        f"{word} {_figure(found)}"
        for name, word in _MEASURES.items()
        if (found := getattr(proof, name)) is not None
    ]
    held_out = f"on {counted(proof.n_comparisons, 'held-out comparison')}"
    where = f"; {held_out}" if proof.is_by_family else f", {held_out}"
    return "; ".join([f"{verdict}{where}", *figures])


def _figure(found: MeasuredFigure | None, form: str = ".2f") -> str:
    if found is None:
        return ""
    if found.low is None or found.high is None:
        return f"{found.value:{form}}"
    return f"{found.value:{form}} ({found.low:{form}} to {found.high:{form}})"


def _prompt(prompt: Prompt) -> str:
    text = " ".join(" ".join(m.text() for m in prompt.messages).split())
    shown = text if len(text) <= _PROMPT_SHOWN else f"{text[:_PROMPT_SHOWN]} ..."
    return f"prompt {prompt.prompt_id[:_SHORT_ID]}: {shown}"


def _worded(criterion: Criterion | None) -> str:
    if criterion is None:
        return ""
    weight = f" (weight {criterion.weight:g})" if criterion.weight != 1 else ""
    return f"{criterion.text}{weight}"


def _right(criterion: Criterion | None, proofs: dict[str, Proof]) -> str:
    proof = proofs.get(criterion.criterion_id) if criterion else None
    return _figure(proof.accuracy) if proof else ""
