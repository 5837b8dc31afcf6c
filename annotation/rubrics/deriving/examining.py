"""Criteria as they were proposed, checked one by one against what they were drawn from."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from winnow.annotation.rubrics.deriving.deriver import Derived, ProposedCriterion, RefusedDraft
from winnow.annotation.rubrics.quotes import fold
from winnow.annotation.rubrics.wording import Fault, fault_in

_SHOWN = 160


class DrawnFrom(NamedTuple):
    """What criteria were drawn from, and may not repeat."""

    asked: str = ""
    """Words of the prompt."""

    responses: tuple[str, ...] = ()
    """Words of the responses."""

    reference: str | None = None
    """An answer known to be good, which no criterion may give away."""

    names: frozenset[str] = frozenset()
    """Proper names that a criterion for other prompts may not speak of."""


class WithFault(NamedTuple):
    """A criterion as it was proposed, with what its way to derive finds wrong with it."""

    draft: ProposedCriterion
    """The criterion."""

    fault: Fault | None = None
    """What is wrong with it beside its wording; None where nothing is."""


def examine(
    proposed: Iterable[WithFault],
    example: DrawnFrom,
    most: int,
    refused: Sequence[RefusedDraft] = (),
) -> Derived:
    """Tell apart what is taken and what is refused, each for the first reason found.

    Args:
        proposed: The criteria, in the order of writing.
        example: What they were drawn from.
        most: How many are taken; those after them are over the cap.
        refused: What was refused before.
    """
    taken: list[ProposedCriterion] = []
    out, seen = list(refused), set[tuple[str, int | None]]()
    for draft, fault in proposed:
        key = (key_of(draft.text), draft.turn)
        found = fault_in(draft.text, **example._asdict()) or fault
        if found is None and key in seen:
            found = Fault("duplicate", "the same reply proposed it before")
        if found is None and len(taken) >= most:
            found = Fault("over_cap", f"one reply proposed more than {most}")
        if found is None:
            taken.append(draft)
            seen.add(key)
        else:
            out.append(refused_draft(draft.text, found))
    return Derived(drafts=tuple(taken), refused=tuple(out))


def refused_draft(text: str, fault: Fault) -> RefusedDraft:
    """Write down that a criterion is not taken, and what it was."""
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
    detail = fault.detail if shown in fault.detail else f"{shown!r}: {fault.detail}"
    return RefusedDraft(text=text, reason=fault.reason, detail=detail)


def key_of(text: str) -> str:
    """Return what is the same of criteria that say the same in the same words."""
    return fold(text).rstrip(" .!;:")
