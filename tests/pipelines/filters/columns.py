"""Cases of a test, written one by one, as the columns that filters look at."""

import numpy as np
import pyarrow as pa

from winnow.pipelines.filters import Case, Cases, Filter, Stands
from winnow.pipelines.filters.rejecting import rejections


def columns(*cases: Case) -> Cases:
    ordered = sorted(cases, key=lambda case: case.comparison_id)
    return Cases(
        comparison_id=pa.array([case.comparison_id for case in ordered], pa.string()),
        prompt_id=pa.array([case.prompt_id for case in ordered], pa.string()),
        stands=stands_of(ordered),
        near={c.prompt_id: c.near_duplicate_of for c in ordered if c.near_duplicate_of},
        cycle_links={c.comparison_id: c.cycle_links for c in ordered if c.cycle_links},
        **{
            name: np.array([getattr(case, name) for case in ordered], float)
            for name in ("p_a", "p_b", "p_tie", "agreement", "low", "high")
        },
        **{
            name: np.array([getattr(case, name) for case in ordered], int)
            for name in ("n_responses", "n_empty", "n_repeated")
        },
    )  # type: ignore[arg-type]


def stands_of(cases: list[Case]) -> Stands:
    rows = [(i, stand) for i, case in enumerate(cases) for stand in case.stands]
    # Tests may give two annotators of different kinds one name.
    people = [(stand.annotator_id, stand.kind) for _, stand in rows]
    known = sorted(set(people))
    return Stands(
        n_cases=len(cases),
        case=np.array([i for i, _ in rows], int),
        annotator=np.array([known.index(person) for person in people], int),
        weight=np.array([stand.weight for _, stand in rows], float),
        lean=np.array([stand.lean for _, stand in rows], float),
        rated=np.array([stand.rated for _, stand in rows], float),
        is_flipped=np.array([stand.is_flipped for _, stand in rows], bool),
        is_torn=np.array([stand.is_torn for _, stand in rows], bool),
        names=tuple(name for name, _ in known),
        kinds=np.array([kind for _, kind in known], str),
    )


def why(check: Filter, case: Case) -> str | None:
    """Say why a filter rejects a case; None where it passes."""
    (said,) = rejections(check, columns(case)).to_pylist()
    assert said is None or isinstance(said, str)
    return said
