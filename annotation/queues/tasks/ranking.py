"""N responses, best first."""

import json
from itertools import combinations
from typing import Annotated

from pydantic import Field

from winnow.annotation.queues.forms import Card, Form, chat, markdown, ranking, words
from winnow.annotation.queues.tasks.base import (
    TASKS,
    ReadAnswers,
    TaskSettings,
    View,
    discarded,
    guidelines,
    judgment,
    make_card,
    shuffled,
)
from winnow.annotation.ranks import best_first, ranked_pairs
from winnow.schemas.answers import Answer


@TASKS.register("ranking", version=1)
class Ranking(TaskSettings):
    """Ask for an order of N responses, in which ranks may be shared.

    A ranking is read as what it says of each two responses, so that shared ranks survive as ties and any method that
    takes pairs takes rankings.
    """

    n_responses: Annotated[int, Field(ge=2, le=50)] = 4
    """Responses of each item: Argilla fixes their number for a data set."""

    def form(self) -> Form:
        """Return one list to put in order."""
        places = range(1, self.n_responses + 1)
        options = {f"response_{n}": f"Response {n}" for n in places}
        return Form(
            fields=[
                chat("prompt", "Conversation"),
                *(markdown(name, title) for name, title in options.items()),
            ],
            questions=[
                ranking(
                    "ranking",
                    "Put the responses in order, best first",
                    options,
                    description=_SHARED,
                ),
                words("why", "Why? One sentence will do"),
            ],
            guidelines=guidelines(self.name, self.guidelines),
        )

    def card(self, view: View, item_id: str, round_: int, seed: int) -> Card:
        """Show the responses in a drawn order."""
        return make_card(self, view, item_id, round_, shuffled(view, item_id, seed))

    def read(self, answer: Answer) -> ReadAnswers:
        """Return a judgment, and the comparison it is about, for each two responses."""
        shown = answer.shown
        in_order = list(combinations(shown.response_ids, 2))
        if answer.status == "discarded":
            unranked = dict.fromkeys(shown.response_ids, 0)
            pairs = [
                p.comparison for p in ranked_pairs(shown.prompt_id, shown.response_ids, unranked)
            ]
            found = [
                discarded(answer, pair.comparison_id, ids)
                for pair, ids in zip(pairs, in_order, strict=True)
            ]
            return ReadAnswers(found, comparisons=pairs)
        said = json.loads(answer.values)
        places = {item["value"]: item["rank"] for item in said["ranking"]}
        rank = {i: places[f"response_{n}"] for n, i in enumerate(shown.response_ids, 1)}
        ranked = list(ranked_pairs(shown.prompt_id, shown.response_ids, rank))
        judgments = [
            judgment(
                answer,
                pair.comparison.comparison_id,
                ids,
                verdict=pair.verdict,
                ranking=best_first(rank),
                rationale=said.get("why", ""),
            )
            for pair, ids in zip(ranked, in_order, strict=True)
        ]
        return ReadAnswers(judgments, comparisons=[pair.comparison for pair in ranked])


_SHARED = "Responses that are equally good share a rank."
