"""Which comparisons people see, for which purpose, within a budget."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, model_validator

from winnow.schemas.base import Value
from winnow.schemas.errors import InvalidSettings
from winnow.schemas.ids import content_id
from winnow.schemas.plurals import counted

Purpose = Literal["label", "gold"]
Strategy = Literal["all", "audit", "uncertain", "disagreement"]


class SelectionSettings(Value):
    """Which comparisons people see, and how much of their time that may take."""

    strategy: Strategy = "all"
    """All comparisons in random order; a random share of them; those with the least certain labels first; or those on
    which judges disagree, the most divided first."""

    audit_share: Annotated[float, Field(gt=0, le=1)] = 0.05
    """Share of the comparisons that strategy "audit" draws."""

    gold_share: Annotated[float, Field(ge=0, lt=0.5)] = 0.05
    """Gold items among those shown; fewer where there is not that much gold."""

    repeat_share: Annotated[float, Field(ge=0, lt=0.5)] = 0.05
    """Items shown a second time among those shown; a pull puts them into the queue."""

    repeat_gap: Annotated[int, Field(ge=1)] = 20
    """Other items that everyone who answered an item has answered since, before it may be shown again."""

    n_people: Annotated[int, Field(ge=1)] = 2
    """People who answer each item."""

    max_answers: Annotated[int, Field(ge=1)] | None = None
    """Budget: answers all people together may give, one person on one item being one; left out, no limit."""

    max_hours: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    """Budget in hours of all people together, at `seconds_per_item`; left out, no limit."""

    seconds_per_item: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 60.0
    """What one answer is taken to cost, in seconds; `quality` measures it."""

    reserve_share: Annotated[float, Field(ge=0, lt=1)] = 0.2
    """Share of a budget kept for a third opinion where the first two differ, and for adjudication."""

    seed: int = 0
    """Seed of every draw: the same seed and inputs give the same queue."""

    @model_validator(mode="after")
    def _leave_room(self) -> "SelectionSettings":
        budget = self.n_answers
        if budget is not None and int(budget * (1 - self.reserve_share)) < self.n_people:
            raise ValueError(
                f"the budget of {counted(budget, 'answer')}, {self.reserve_share:.0%} of it in reserve, is too small for one "
                f"item answered by {counted(self.n_people, 'person', 'people')}; raise max_answers or max_hours"
            )
        return self

    @property
    def n_answers(self) -> int | None:
        """The budget in answers, the smaller where both are set; None for no limit."""
        by_hours = None
        if self.max_hours is not None:
            by_hours = int(self.max_hours * 3600 / self.seconds_per_item)
        limits = [limit for limit in (self.max_answers, by_hours) if limit is not None]
        return min(limits, default=None)

    @property
    def n_items(self) -> int | None:
        """How many items the first round may show; None for no limit."""
        if self.n_answers is None:
            return None
        return int(self.n_answers * (1 - self.reserve_share)) // self.n_people


@dataclass(frozen=True)
class Item:
    """One item of a queue: a comparison shown for a purpose."""

    comparison_id: str
    """What is shown."""

    purpose: Purpose
    """Why: to label it, or to measure annotators on gold."""


def select(
    comparison_ids: Sequence[str],
    settings: SelectionSettings,
    *,
    labels: pa.Table | None = None,
    judgments: pa.Table | None = None,
    gold_ids: Iterable[str] = (),
) -> list[Item]:
    """Choose what people see, gold mixed in, with room left in the budget for what is shown again.

    Args:
        comparison_ids: What there is to label.
        settings: Strategy, shares and budget.
        labels: Labels so far (comparison_id, p_a, p_b, p_tie), for strategy "uncertain".
        judgments: Judgments so far (comparison_id, kind, verdict), for strategy "disagreement".
        gold_ids: Comparisons whose verdict is known; they are shown as gold only.

    Raises:
        InvalidSettings: The strategy needs labels or judgments, and there are none.
    """
    gold = sorted(set(gold_ids), key=draw(settings.seed, "gold"))
    known = set(gold)
    candidates = sorted(set(comparison_ids) - known, key=draw(settings.seed, "label"))
    wanted = _ranked(candidates, settings, labels, judgments)
    n_label, n_gold = _split(len(wanted), len(gold), settings)
    items = [Item(i, "label") for i in wanted[:n_label]] + [Item(i, "gold") for i in gold[:n_gold]]
    place = draw(settings.seed, "place")
    return sorted(items, key=lambda item: place(item.comparison_id))


def affordable(
    items: Sequence[Item], settings: SelectionSettings, shown_ids: Collection[str], n_shown: int
) -> list[Item]:
    """Keep the items that are shown already, and of the others as many as the budget has room for.

    Args:
        items: What was chosen, perhaps from a newer release than what is shown.
        settings: The budget.
        shown_ids: Comparisons that the queue shows already.
        n_shown: Items it shows already, repeats among them.
    """
    if settings.n_items is None:
        return list(items)
    new = [item for item in items if item.comparison_id not in shown_ids]
    kept = [item for item in items if item.comparison_id in shown_ids]
    return kept + new[: max(0, settings.n_items - n_shown)]


def _ranked(
    candidates: list[str],
    settings: SelectionSettings,
    labels: pa.Table | None,
    judgments: pa.Table | None,
) -> list[str]:
    """Put candidates, already in random order, in the order in which the strategy wants them."""
    if settings.strategy == "all":
        return candidates
    if settings.strategy == "audit":
        return candidates[: round(len(candidates) * settings.audit_share)]
    if settings.strategy == "uncertain":
        scores = _confidence(_needed(labels, "uncertain", "labels"))
        return sorted(candidates, key=lambda i: scores.get(i, 0.0))
    divided = _division(_needed(judgments, "disagreement", "judgments"))
    return sorted((i for i in candidates if i in divided), key=lambda i: -divided[i])


def _needed(table: pa.Table | None, strategy: Strategy, what: str) -> pa.Table:
    if table is None or table.num_rows == 0:
        raise InvalidSettings(
            f"strategy '{strategy}' needs {what} to rank comparisons by, and there are none; "
            "run judges first or choose strategy 'all' or 'audit'"
        )
    return table


def _confidence(labels: pa.Table) -> dict[str, float]:
    best = pc.max_element_wise(labels["p_a"], labels["p_b"], labels["p_tie"])
    return dict(zip(labels["comparison_id"].to_pylist(), best.to_pylist(), strict=True))


def _division(judgments: pa.Table) -> dict[str, float]:
    """Return for each comparison that judges are divided on the share of verdicts outside the most frequent one."""
    is_judge = pc.and_(
        pc.not_equal(judgments["kind"], "human"), pc.not_equal(judgments["verdict"], "invalid")
    )
    counts = judgments.filter(is_judge).group_by(["comparison_id", "verdict"])
    totals = counts.aggregate([([], "count_all")]).group_by("comparison_id")
    rows = totals.aggregate([("count_all", "max"), ("count_all", "sum")]).to_pylist()
    shares = {row["comparison_id"]: 1 - row["count_all_max"] / row["count_all_sum"] for row in rows}
    return {i: share for i, share in shares.items() if share > 0}


def _split(n_wanted: int, n_gold: int, settings: SelectionSettings) -> tuple[int, int]:
    """Share the room between items to label and gold, and leave some for repeats: each at its rate."""
    fresh_share = 1 - settings.gold_share - settings.repeat_share
    n_all = round(n_wanted / fresh_share)
    if settings.n_items is not None:
        n_all = min(n_all, settings.n_items)
    gold = min(n_gold, round(n_all * settings.gold_share))
    repeats = round(n_all * settings.repeat_share)
    return min(n_wanted, n_all - gold - repeats), gold


def draw(seed: int, what: str) -> Callable[[str], str]:
    """Return a key that puts ids in a random order of its own for each seed and use."""
    return lambda item_id: content_id([seed, what, item_id])
