"""Reader: takes in the lines of an evaluation, each once, and remembers what they are about."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa

from winnow.annotation.evaluation.benchmarks import Layout
from winnow.annotation.judge import ComparisonView
from winnow.pipelines.evaluating.labelled import (
    GOLD,
    JUDGMENTS,
    Labelled,
    LabelledComparison,
    item_table,
)
from winnow.pipelines.evaluating.sources import evaluation_source
from winnow.pipelines.reading.defects import Defect, abridged
from winnow.pipelines.reading.fields import Fields
from winnow.pipelines.reading.intake import Intake
from winnow.pipelines.reading.judgments import parse_verdict
from winnow.pipelines.reading.lines import read_lines
from winnow.schemas.base import Record
from winnow.schemas.events import event_of
from winnow.schemas.rejects import Reject

_RANGES = {
    "probability": (0.0, 1.0),
    "strength": (-3.0, 3.0),
    "score_a": None,
    "score_b": None,
    "cost": (0.0, float("inf")),
    "seconds": (0.0, float("inf")),
    "n_prompt_tokens": (0.0, float("inf")),
    "n_tokens": (0.0, float("inf")),
}


class Reader:
    """Takes lines in, each once, and remembers what they are."""

    def __init__(self, keep_views: bool, encoding: str | None = None) -> None:
        self.keep_views = keep_views
        self.encoding = encoding
        self.is_closed = False
        """Whether all comparisons are known, so that gold and judgments of others are rejected."""

        self.rejects: list[Reject] = []
        self.intake = Intake("evaluate", self)
        self.rows: dict[str, dict[str, Any]] = {}
        self.gold: dict[str, str] = {}
        self.judgments: list[dict[str, Any]] = []
        self.views: list[ComparisonView] = []
        self._events: set[tuple[str | None, ...]] = set()

    def read(self, path: Path, unit: str, take: Callable[[str, Fields], None]) -> None:
        """Read all lines of a file."""
        read_lines(evaluation_source(path, self.encoding), path.name, unit, self.intake, take)

    def put(self, record: type[Record], rows: pa.Table) -> None:
        """Take in rejects, which are the only records that reading an evaluation gives."""
        self.rejects += Reject.from_table(rows)

    def take(self, item: LabelledComparison) -> None:
        """Take in one comparison."""
        item_id = item.row["item_id"]
        self.rows[item_id] = item.row
        if item.verdict is not None:
            self.gold[item_id] = item.verdict
        if self.keep_views:
            self.views.append(item.view)

    def free_id(self, wanted: str) -> str:
        """Return an item_id that no comparison has yet: the one that is wanted, or numbered where that is taken."""
        number, free = 1, wanted
        while free in self.rows:
            number += 1
            free = f"{wanted}#{number}"
        return free

    def take_gold(self, place: str, fields: Fields) -> None:
        """Take in one gold verdict."""
        item_id = self._item_id(fields, "bad_gold")
        verdict = parse_verdict(fields, {}, "bad_gold")
        if verdict == "invalid":
            raise Defect("bad_gold", "'verdict' is 'invalid', wanted a, b or tie")
        if item_id in self.gold:
            if self.gold[item_id] != verdict:
                raise Defect(
                    "conflicting_gold", f"an earlier line says {self.gold[item_id]} of {item_id!r}"
                )
            raise Defect("duplicate_gold", f"an earlier line says the same of {item_id!r}")
        self.gold[item_id] = verdict

    def take_judgment(self, place: str, fields: Fields) -> None:
        """Take in one recorded judgment."""
        item_id = self._item_id(fields, "bad_judgment")
        annotator = fields.label("annotator")
        if annotator is None:
            raise Defect("bad_judgment", "'annotator' is missing")
        order = fields.text("order", "bad_judgment") or None
        if order not in ("ab", "ba", None):
            raise Defect("bad_judgment", f"'order' is {abridged(order)}, wanted ab, ba or nothing")
        verdict = parse_verdict(fields, {}, "bad_judgment")
        self._check_event(fields, item_id, annotator, order, verdict)
        self.judgments.append(
            {
                "item_id": item_id,
                "annotator": annotator,
                "kind": fields.text("kind", "bad_judgment"),
                "order": order,
                "verdict": verdict,
                **{name: _number(fields, name) for name in _RANGES},
            }
        )

    def _check_event(self, fields: Fields, *said: str | None) -> None:
        own_id = fields.label("judgment_id") or fields.label("id")
        event = event_of(own_id, fields.get("created_at"))
        if event is None:
            return
        if (event, *said) in self._events:
            raise Defect(
                "duplicate_judgment",
                f"an earlier line says the same under the same id or time ({event}): one event",
            )
        self._events.add((event, *said))

    def _item_id(self, fields: Fields, reason: str) -> str:
        item_id = fields.label("item_id")
        if item_id is None:
            raise Defect(reason, "'item_id' is missing")
        if self.is_closed and item_id not in self.rows:
            raise Defect("unknown_item", f"no comparison has the item_id {item_id!r}")
        if not self.is_closed:
            self.rows.setdefault(item_id, {"item_id": item_id})
        return item_id

    def labelled(self, layout: Layout) -> Labelled:
        """Put together what was read."""
        return Labelled(
            layout=layout,
            items=item_table(list(self.rows.values())),
            gold=pa.table([list(self.gold), list(self.gold.values())], schema=GOLD),
            judgments=pa.Table.from_pylist(self.judgments, schema=JUDGMENTS),
            views=self.views,
            n_in={count.unit: count.n_in for count in self.intake.counts()},
            rejects=self.rejects,
        )


def _number(fields: Fields, name: str) -> float | None:
    value, span = fields.get(name), _RANGES[name]
    try:
        number = None if value is None else float(value)
    except (TypeError, ValueError):
        raise Defect("bad_judgment", f"{name!r} is {abridged(value)}, wanted a number") from None
    if number is not None and span is not None and not span[0] <= number <= span[1]:
        raise Defect(
            "bad_judgment",
            f"{name!r} is {number:g}, wanted a number from {span[0]:g} to {span[1]:g}",
        )
    return number
