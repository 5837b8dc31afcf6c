"""Releases whose labels follow a rule that is known: what the audit against shortcuts has to find out."""

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import NamedTuple

from tests.pipelines.toy import answer, ask, compare_two
from winnow.schemas.comparisons import Comparison
from winnow.schemas.ids import content_id
from winnow.schemas.judgments import Gold
from winnow.schemas.preferences import Preference
from winnow.schemas.responses import Response
from winnow.warehouse.staging import Staging


class Sides(NamedTuple):
    """A comparison before it is labelled."""

    a: Response
    b: Response


Rule = Callable[[Random, Sides], bool]
"""Says whether a is chosen."""


def at_random(random: Random, _: Sides) -> bool:
    return random.random() < 0.5


def the_longer(_: Random, sides: Sides) -> bool:
    return len(sides.a.text) > len(sides.b.text)


def the_shorter(random: Random, sides: Sides) -> bool:
    return not the_longer(random, sides)


def by_model(random: Random, sides: Sides) -> bool:
    if sides.a.model == sides.b.model:
        return at_random(random, sides)
    return sides.a.model < sides.b.model


def mostly(rule: Rule, share: float) -> Rule:
    """Follow a rule in a share of the cases, and go against it in the rest."""
    return lambda random, sides: rule(random, sides) == (random.random() < share)


def stage_release(
    root: Path,
    n: int,
    rule: Rule,
    *,
    gold: Rule | None = None,
    per_prompt: int = 2,
    seed: int = 0,
) -> Staging:
    """Stage n decided preferences of responses of 5 to 80 words, by three models, and gold for all by another rule."""
    random = Random(seed)
    responses: list[Response] = []
    comparisons: list[Comparison] = []
    preferences: list[Preference] = []
    golds: list[Gold] = []
    for i in range(n):
        prompt = ask(f"Question {seed} {i // per_prompt}")
        texts = [f"{i} {side} " + "word " * random.randint(5, 80) for side in range(2)]
        answers = [answer(prompt, text, random.choice(["ada", "bob", "cy"])) for text in texts]
        sides = Sides(*sorted(answers, key=lambda response: response.response_id))
        comparison = compare_two(*sides)
        chosen, rejected = sides if rule(random, sides) else sides[::-1]
        confidence = random.uniform(0.55, 0.95)
        responses += sides
        comparisons.append(comparison)
        preferences.append(
            Preference(
                release="simulated@1",
                preference_id=content_id([comparison.comparison_id, chosen.response_id]),
                comparison_id=comparison.comparison_id,
                prompt_id=prompt.prompt_id,
                chosen_id=chosen.response_id,
                rejected_id=rejected.response_id,
                is_tied=False,
                confidence=confidence,
                margin=2 * confidence - 1,
                evidence=("v",),
                split="train",
            )
        )
        if gold:
            verdict = "a" if gold(random, sides) else "b"
            about = {"comparison_id": comparison.comparison_id, "verdict": verdict}
            golds.append(Gold.model_validate({**about, "basis": "simulated"}))
    staging = Staging(root)
    staging.write(Response, responses)
    staging.write(Comparison, comparisons)
    staging.write(Preference, preferences)
    staging.write(Gold, golds)
    return staging
