"""Comparisons that people verified in rounds: their verdict is gold for everything else, and the label itself."""

from collections import Counter
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from winnow.schemas.judgments import VERIFIED
from winnow.schemas.labels import MAX_WEIGHT, Label

UNSIGNED = pa.schema([f for f in Label.arrow_schema() if f.name not in ("run_id", "method")])
"""Columns of labels that do not yet say which run made them, and how."""


class Verified(NamedTuple):
    """What people verified."""

    verdicts: dict[str, str]
    """Verdict by comparison_id."""

    judgments: pa.Table
    """What people said of these comparisons; rows of the judgments table."""

    def leave_out(self, judgments: pa.Table) -> pa.Table:
        """Return the judgments that are votes: a verdict that is gold would, as a vote, prove itself right."""
        if not self.judgments.num_rows:
            return judgments
        gold = self.judgments["judgment_id"].combine_chunks()
        return judgments.filter(pc.invert(pc.is_in(judgments["judgment_id"], value_set=gold)))

    def labels(self) -> pa.Table:
        """Return the labels, in the columns of `UNSIGNED`."""
        n = Counter(self._readable()["comparison_id"].to_pylist())
        rows = [
            {
                "comparison_id": comparison_id,
                **{f"p_{name}": float(name == verdict) for name in ("a", "b", "tie")},
                "agreement": 1.0,
                "n_judgments": n[comparison_id],
            }
            for comparison_id, verdict in self.verdicts.items()
        ]
        return pa.Table.from_pylist(rows, schema=UNSIGNED)

    def with_people(self, annotators: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        """Add the people to the annotators of an aggregation, by name; how accurate they are is unknown."""
        said = Counter(self.judgments["annotator_id"].to_pylist())
        readable = Counter(self._readable()["annotator_id"].to_pylist())
        people = {}
        for name, n in said.items():
            besides = annotators.get(name, {"n_judgments": 0, "n_invalid": 0})
            people[name] = {
                **besides,
                "kind": "human",
                "n_judgments": besides["n_judgments"] + n,
                "n_invalid": besides["n_invalid"] + n - readable[name],
                "weight": MAX_WEIGHT,
            }
        return annotators | people

    def _readable(self) -> pa.Table:
        return self.judgments.filter(pc.not_equal(self.judgments["verdict"], "invalid"))


def find_verified(judgments: pa.Table, gold: pa.Table) -> Verified:
    """Find the comparisons whose gold is what people said in rounds, and what they said.

    Args:
        judgments: Rows of the judgments table. What people said unasked, such as labels that comparisons came with,
            has no request_id and stays a vote.
        gold: Rows of the gold table. Gold that calls itself verified, but that no person's judgment supports, only
            anchors like other gold.
    """
    rows = gold.filter(pc.equal(gold["basis"], VERIFIED))
    told = dict(zip(rows["comparison_id"].to_pylist(), rows["verdict"].to_pylist(), strict=True))
    is_asked = pc.and_(pc.equal(judgments["kind"], "human"), pc.is_valid(judgments["request_id"]))
    people = judgments.filter(is_asked)
    said = zip(people["comparison_id"].to_pylist(), people["verdict"].to_pylist(), strict=True)
    borne_out = {i for i, verdict in said if told.get(i) == verdict}
    about = pa.array(sorted(borne_out), pa.string())
    return Verified(
        {i: told[i] for i in sorted(borne_out)},
        people.filter(pc.is_in(people["comparison_id"], about)),
    )
