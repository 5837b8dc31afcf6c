"""Criteria as a model reads them."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from winnow.annotation.fence import Fence, defuse
from winnow.schemas.rubrics import Criterion


def in_portions(criteria: Sequence[Criterion], most: int) -> list[dict[str, Criterion]]:
    """Divide criteria into as few portions as hold all, as even as can be.

    Args:
        criteria: All of a rubric.
        most: Criteria of a portion at most.

    Returns:
        The portions, each criterion by the name that it has on the page, "c1" for the first of all.
    """
    n_portions = -(-len(criteria) // most)
    named = [(f"c{n}", criterion) for n, criterion in enumerate(criteria, 1)]
    ends = [len(named) * i // n_portions for i in range(n_portions + 1)] if named else [0]
    return [dict(named[begin:end]) for begin, end in pairwise(ends)]


def lay_out_criteria(
    portion: Mapping[str, Criterion],
    among: Sequence[Criterion],
    notes: Mapping[str, str] | None = None,
) -> str:
    """Write criteria in fences, each under its name.

    Args:
        portion: Those that are asked about, by name.
        among: All of the rubric, for which the fence is found, so that it is the same for each portion.
        notes: By name what is said before a criterion, outside its fence.
    """
    fence = Fence.against(_words(criterion) for criterion in among)
    told = notes or {}
    written = [
        "\n".join(filter(None, [told.get(name), fence.wrap(name, defuse(_words(criterion)))]))
        for name, criterion in portion.items()
    ]
    return fence.wrap("criteria", "\n".join(written))


def _words(criterion: Criterion) -> str:
    levels = (f"{level.score:g}: {level.text}" for level in criterion.levels)
    return "\n".join([criterion.text, *levels])
