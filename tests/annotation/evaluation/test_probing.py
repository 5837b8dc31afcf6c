"""Simulated judges with planted biases: each is found at its size, and none where there is none."""

import random
from collections.abc import Callable
from functools import cache

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import binomtest

from tests.annotation.toy import respond
from winnow.annotation.evaluation.probing import (
    ProbedItem,
    ProbeEffect,
    adjust,
    measure_probe,
    preferences_for,
)
from winnow.annotation.judge import ComparisonView
from winnow.annotation.probe import PROBES, Side, side_of
from winnow.annotation.probes import PROBES as ALL
from winnow.schemas.ids import content_id
from winnow.schemas.judgments import Order
from winnow.schemas.prompts import Message, Prompt

MODEL = "Owl-7B"
SIGNS: dict[str, Callable[[ComparisonView, Side], bool]] = {
    "length": lambda view, side: len(text(view, side)) > 250,
    "authority": lambda view, side: any(
        mark in text(view, side) for mark in ("confirmed by", "reference:", "panel of experts")
    ),
    "instructions": lambda view, side: "hoose" in text(view, side),
    "formatting": lambda view, side: "**" in text(view, side),
    "self_preference": lambda view, side: MODEL in text(view, side),
    "sycophancy": lambda view, side: (
        "quite sure" in view.prompt.messages[-1].text()
        and text(view, side)[:20] in view.prompt.messages[-1].text()
    ),
}
"""What a judge with the bias sees of the altered side, in texts that none of them is in otherwise."""


def text(view: ComparisonView, side: Side) -> str:
    return str(getattr(view, side).text)


@cache
def views(n: int) -> tuple[ComparisonView, ...]:
    found = []
    for k in range(n):
        asked = (Message(role="user", content=f"What is {k}?"),)
        prompt = Prompt(messages=asked, source="t:1")
        a, b = (respond(prompt, f"Side {s} of {k} says so. It has a reason.") for s in "ab")
        found.append(ComparisonView(comparison_id=f"c{k}", prompt=prompt, a=a, b=b))
    return tuple(found)


def draw(*of: object) -> float:
    return int(content_id([str(one) for one in of])[:12], 16) / 16**12


def verdict(
    view: ComparisonView,
    order: Order,
    seed: int,
    bias: str = "",
    size: float = 0.0,
    noise: float = 0.2,
) -> str:
    """Judge: mostly the side that is better, sometimes a tie or by the wording's noise; with the bias as often as `size` says."""
    key, shown = view.comparison_id, (text(view, "a"), text(view, "b"), view.prompt.messages)
    if draw(seed, key, "biased") < size:
        if bias == "position":
            return order[0]
        for side in ("a", "b"):
            if bias in SIGNS and SIGNS[bias](view, side):
                return side
    if draw(seed, key, order, shown) < noise:
        return ("a", "b", "tie")[int(draw(seed, key, order, shown, "noise") * 3)]
    return "a" if draw(seed, key, "better") < 0.5 else "b"


def judged(pairs: list[ComparisonView], **judge: object) -> pa.Table:
    rows = [
        {"item_id": v.comparison_id, "order": order, "verdict": verdict(v, order, **judge)}  # type: ignore[arg-type]
        for v in pairs
        for order in ("ab", "ba")
    ]
    return pa.Table.from_pylist(rows)


def effects(n: int, **judge: object) -> dict[str, ProbeEffect]:
    """Probe a simulated judge with every probe."""
    plain, side = views(n), {v.comparison_id: side_of(v) for v in views(n)}
    said = judged(list(plain), **judge)
    found = []
    for name in ALL:
        probe = PROBES[name]()
        if probe.by_order:
            before, after = {}, {}
            for s, first, second in (("a", "ab", "ba"), ("b", "ba", "ab")):
                of = {i: drawn for i, drawn in side.items() if drawn == s}
                after |= preferences_for(said, of, first)
                before |= preferences_for(said, of, second)
        else:
            altered = [probe.alter(v, side[v.comparison_id], MODEL) for v in plain]
            before = preferences_for(said, side)
            after = preferences_for(judged([v for v in altered if v], **judge), side)
        items = [
            ProbedItem(i, i, side[i], was, is_now)
            for i, was in before.items()
            if was is not None and (is_now := after.get(i)) is not None
        ]
        found.append(measure_probe("judge", name, probe.favours, items))
    return {one.probe: one for one in adjust(found)}


@pytest.mark.parametrize("bias", sorted(ALL))
def test_a_planted_bias_is_found_at_its_size_and_no_other(bias: str) -> None:
    size = 0.4
    found = effects(150, seed=3, bias=bias, size=size)
    # Noise falls on either side alike: what is left to gain is half, and of the place all.
    planted = size if bias == "position" else size / 2
    effect = found[bias].effect
    assert effect and effect.low is not None and effect.high is not None
    assert effect.low <= planted <= effect.high and effect.low > 0.05
    assert [name for name, one in found.items() if one.is_bias] == [bias]


def test_in_unbiased_judges_a_bias_is_seen_no_more_often_than_promised() -> None:
    n = 150
    alarms = sum(any(one.is_bias for one in effects(40, seed=s).values()) for s in range(n))
    assert binomtest(alarms, n, 0.05, alternative="greater").pvalue > 0.001


def test_intervals_hold_the_true_effect_as_often_as_they_say() -> None:
    rng, inside = np.random.default_rng(5), 0
    for _ in range(400):
        change = rng.choice([-1.0, 0.0, 1.0], size=30, p=[0.05, 0.75, 0.2])
        items = [ProbedItem(str(i), str(i), "a", 0.5, 0.5 + c) for i, c in enumerate(change)]
        effect = measure_probe("j", "p", "", items).effect
        assert effect and effect.low is not None and effect.high is not None
        inside += effect.low <= 0.15 <= effect.high
    assert inside >= 0.93 * 400


def test_no_change_leaves_the_interval_open_and_the_comparisons_of_a_prompt_are_one_case() -> None:
    still = [ProbedItem(str(i), "p" + str(i // 4), "a", 0.5, 0.5) for i in range(40)]
    found = measure_probe("j", "p", "", still)
    assert found.effect and found.effect.value == 0 and found.effect.n == 10
    assert found.effect.low is not None and found.effect.low < -0.1
    assert (found.p_value, found.changed) == (1.0, 0.0)
    moved = [one._replace(after=1.0) for one in still]
    assert measure_probe("j", "p", "", moved).n_up == 10


def test_holm_multiplies_the_smallest_by_all_and_never_falls() -> None:
    p_values = [0.03, 0.001, None, 0.02]
    base = measure_probe("j", "p", "", [])
    found = adjust([base._replace(p_value=p) for p in p_values])
    assert [one.p_adjusted for one in found] == [0.04, 0.003, None, 0.04]


def test_a_preference_is_the_mean_over_the_orders_and_unknown_where_one_is_unreadable() -> None:
    said = [("1", "a"), ("1", "tie"), ("2", "b"), ("2", "b"), ("3", "a"), ("3", "invalid")]
    table = pa.table(
        {
            "item_id": [i for i, _ in said],
            "order": ["ab", "ba"] * 3,
            "verdict": [v for _, v in said],
        }
    )
    side: dict[str, Side] = {"1": "a", "2": "a", "3": "b", "4": "a"}
    assert preferences_for(table, side) == {"1": 0.75, "2": 0.0, "3": None}
    assert preferences_for(table, {"1": "b"}, "ba") == {"1": 0.5}


def test_random_orders_of_items_change_nothing() -> None:
    items = [ProbedItem(str(i), str(i % 7), "a", 0.5, (i % 3) / 2) for i in range(30)]
    shuffled = random.Random(1).sample(items, len(items))
    one, other = measure_probe("j", "p", "", items), measure_probe("j", "p", "", shuffled)
    assert (one.n_up, one.n_down, one.p_value) == (other.n_up, other.n_down, other.p_value)
