"""Families of simulated sets: ways in which annotators err, everything else drawn at random.

A set of a family is drawn from a seed made of the family's name and a number, so that the same number gives the same set.
"""

import zlib
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Range = tuple[float, float]
"""Bounds to draw from, evenly."""


class Family(NamedTuple):
    """How the annotators of a set err."""

    annotators: tuple[int, int] = (3, 12)
    items: tuple[int, int] = (200, 800)
    skill: Range = (0.55, 0.92)
    """Share of right verdicts on a plain item, in the better order."""
    near: float | None = None
    """Where given, all skills lie within this of one that is drawn."""
    difficulty: Range = (0.0, 0.4)
    """Standard deviation of the items' ease around 1: it multiplies the skills of all."""
    misleading: Range = (0.0, 0.0)
    """Share of items that draw annotators to the worse response, those of little skill most."""
    pull: Range = (1.5, 3.0)
    """How strongly, in nats."""
    variants: tuple[int, int] = (1, 1)
    """Annotators of one model, which share errors."""
    alike: Range = (0.0, 0.0)
    """Standard deviation, in nats, of what the variants of one model share on an item."""
    maker: Range = (0.0, 0.0)
    """How much more than gold all annotators like a, the same maker's response in every item, in nats."""
    taste: Range = (0.0, 0.0)
    """Share of items on which what all annotators see departs from what gold says, however clear it looks."""
    of_gold: Range = (0.0, 0.0)
    """How far an annotator sees the item with gold's eyes: 0 not at all, 1 wholly."""
    length: Range = (0.0, 0.0)
    """How strongly an annotator is drawn to the longer response, in nats a standard deviation."""
    bias: Range = (0.0, 0.5)
    """Standard deviation, in nats, of the annotators' position biases."""
    orders: str = "any"
    """both, random, ab, or either of the first two."""
    ties: Range = (0.0, 0.1)
    invalid: Range = (0.0, 0.05)
    share: Range = (1.0, 1.0)
    """Part of the items that each annotator judges."""
    tilt: Range = (0.45, 0.55)
    """Share of items whose better response is a."""
    spam: Range = (0.0, 0.0)
    """Share of annotators that guess, as far as they do not favour a place."""
    people: tuple[int, int] = (0, 0)
    """People beside them: each judges a quarter to a half of the items in one order, and errs by itself."""


FAMILIES: dict[str, Family] = {
    "exaggerated": Family(maker=(0.5, 1.5), tilt=(0.5, 0.65)),
    "tilted": Family(tilt=(0.7, 0.9)),
    "taste, many": Family(
        annotators=(10, 20), taste=(0.15, 0.35), of_gold=(0.0, 0.6), skill=(0.7, 0.95)
    ),
    "taste, few": Family(
        annotators=(3, 5), taste=(0.15, 0.35), of_gold=(0.0, 0.6), skill=(0.7, 0.95)
    ),
    "taste, grouped": Family(
        annotators=(8, 20),
        variants=(3, 5),
        alike=(0.3, 1.0),
        taste=(0.15, 0.35),
        of_gold=(0.0, 0.6),
        skill=(0.7, 0.95),
    ),
    "adversarial": Family(
        annotators=(6, 24),
        variants=(2, 4),
        alike=(0.3, 1.0),
        misleading=(0.3, 0.5),
        skill=(0.6, 0.97),
    ),
    "near equal": Family(annotators=(4, 7), skill=(0.65, 0.85), near=0.02),
    "correlated": Family(
        annotators=(8, 24), variants=(2, 5), alike=(0.7, 2.0), difficulty=(0.3, 0.8)
    ),
    "length": Family(length=(0.0, 2.0)),
    "sparse": Family(annotators=(15, 30), share=(0.08, 0.3)),
    "people and judges": Family(
        annotators=(3, 6), variants=(2, 3), alike=(0.7, 1.5), people=(3, 8)
    ),
    "all qualities": Family(skill=(0.1, 0.95)),
    "most wrong": Family(annotators=(5, 15), skill=(0.1, 0.55)),
    "one order": Family(annotators=(2, 3), items=(300, 1000), bias=(0.3, 1.2), orders="ab"),
    "hard items": Family(difficulty=(0.7, 1.5)),
    "ties and invalid": Family(ties=(0.2, 0.5), invalid=(0.05, 0.3)),
    "half of them spam": Family(annotators=(6, 20), spam=(0.4, 0.6)),
}


class Drawn(NamedTuple):
    """One simulated set."""

    judgments: pa.Table
    truth: dict[str, str]
    """What gold says of each item, by item_id."""


def draw(name: str, number: int) -> Drawn:
    """Draw one set of a family of `FAMILIES`."""
    rng = np.random.default_rng([zlib.crc32(name.encode()), number])
    family = FAMILIES[name]
    n, m = (int(rng.integers(low, high + 1)) for low, high in (family.items, family.annotators))
    n_people = int(rng.integers(family.people[0], family.people[1] + 1))
    truth = np.where(rng.random(n) < rng.uniform(*family.tilt), 1.0, -1.0)
    toward = _judges(family, truth, m, rng)
    orders = family.orders if family.orders != "any" else str(rng.choice(["both", "random"]))
    bias = rng.uniform(*family.bias) * (rng.normal(size=m) + 0.5)
    tie, invalid = rng.uniform(*family.ties), rng.uniform(*family.invalid)
    is_there = rng.random((n, m)) < rng.uniform(*family.share)
    parts = _said("j", "llm", toward, bias, is_there, orders, tie, invalid, rng)
    if n_people:
        accuracy = rng.uniform(0.7, 0.92, n_people)
        seen = truth[:, None] * np.log(accuracy / (1 - accuracy))
        is_there = rng.random((n, n_people)) < rng.uniform(0.25, 0.5)
        parts += _said("h", "human", seen, np.zeros(n_people), is_there, "random", tie, 0.0, rng)
    table = pa.concat_tables(parts)
    judged = set(table["item_id"].unique().to_pylist())
    sides = {f"i{k}": "a" if truth[k] > 0 else "b" for k in range(n)}
    return Drawn(table, {item: side for item, side in sides.items() if item in judged})


def _judges(family: Family, truth: Floats, m: int, rng: np.random.Generator) -> Floats:
    """Draw how strongly, in nats, each annotator is drawn to a; shape (n_items, n_annotators)."""
    n = len(truth)
    size = int(rng.integers(family.variants[0], family.variants[1] + 1))
    model = np.arange(m) // size
    skill = _skills(family, model, size, rng)
    ease = rng.normal(1, rng.uniform(*family.difficulty), n)
    is_other = rng.random(n) < rng.uniform(*family.taste)
    eyes = rng.uniform(*family.of_gold, model.max() + 1)[model]
    seen = np.where(is_other, -truth, truth)[:, None] * (1 - eyes) + truth[:, None] * eyes
    is_misled = rng.random(n) < rng.uniform(*family.misleading)
    misled = is_misled * rng.uniform(*family.pull) * rng.uniform(0.6, 1.4, n)
    resist = 1.5 * rng.random(model.max() + 1)[model] ** 2
    toward = ease[:, None] * skill * seen
    toward -= truth[:, None] * misled[:, None] * np.maximum(1 - resist, -0.3)
    toward += rng.uniform(*family.alike) * rng.normal(size=(n, model.max() + 1))[:, model]
    toward += rng.uniform(*family.maker) * rng.uniform(0.5, 1.5, m)
    toward += rng.normal(size=n)[:, None] * rng.uniform(*family.length, m)
    toward[:, : round(rng.uniform(*family.spam) * m)] = 0
    return np.asarray(toward)


def _skills(
    family: Family, model: NDArray[np.int64], size: int, rng: np.random.Generator
) -> Floats:
    """Draw what each annotator adds to the log-odds of the right side on a plain item."""
    of_model = rng.uniform(*family.skill, model.max() + 1)
    if family.near is not None:
        of_model = rng.uniform(*family.skill) + rng.uniform(
            -family.near, family.near, len(of_model)
        )
    own = rng.normal(0, 0.02 * (size > 1), len(model))
    accuracy = np.clip(of_model[model] + own, 0.03, 0.98)
    return np.asarray(np.log(accuracy / (1 - accuracy)))


def _said(
    prefix: str,
    kind: str,
    toward: Floats,
    bias: Floats,
    is_there: NDArray[np.bool_],
    orders: str,
    tie: float,
    invalid: float,
    rng: np.random.Generator,
) -> list[pa.Table]:
    """Draw verdicts, one table an order."""
    n, m = toward.shape
    # The two orders of one judge are mostly the same draw: what it thinks of an item does not change with the order.
    luck = rng.logistic(size=(n, m))
    first = np.ones((n, m)) if orders == "ab" else rng.choice([1.0, -1.0], (n, m))
    places = [np.full((n, m), side) for side in (1.0, -1.0)] if orders == "both" else [first]
    parts = []
    for place in places:
        again = np.where(rng.random((n, m)) < 0.3, rng.logistic(size=(n, m)), luck)
        code = np.where(toward + bias * place + again > 0, 0, 1)
        code = np.where(rng.random((n, m)) < tie * np.exp(-np.abs(toward) / 2), 2, code)
        code = np.where(rng.random((n, m)) < invalid, 3, code)
        item, who = np.nonzero(is_there)
        parts.append(
            pa.table(
                {
                    "item_id": np.array([f"i{k}" for k in range(n)])[item],
                    "annotator": np.array([f"{prefix}{k}" for k in range(m)])[who],
                    "kind": [kind] * len(item),
                    "order": np.where(place > 0, "ab", "ba")[item, who],
                    "verdict": np.array(["a", "b", "tie", "invalid"])[code[item, who]],
                }
            )
        )
    return parts
