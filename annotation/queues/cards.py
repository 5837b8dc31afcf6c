"""Items as their task shows them, and those that nobody can be shown, each with the reason."""

from collections import Counter
from collections.abc import Iterable, Sequence

from winnow.annotation.queues.display import MAX_TURNS
from winnow.annotation.queues.forms import Card
from winnow.annotation.queues.tasks.base import Task, View, item_id
from winnow.schemas.errors import InvalidSettings

Unfit = list[tuple[str, str]]
"""Id of each subject that cannot be shown, and why."""


def cards_of(
    task: Task, views: Iterable[tuple[View, int]], round_: int, seed: int
) -> tuple[list[Card], Unfit]:
    """Show each item once; what the task or Argilla cannot show whole is left out.

    Args:
        task: What people are asked.
        views: What to show, each with the number of its showing: 0 for the first, 1 for a repeat.
        round_: 1 for the shared queue, 2 for a third opinion, 3 for an adjudication.
        seed: Seed of the order of responses.
    """
    cards: dict[str, Card] = {}
    unfit: Unfit = []
    for view, copy in views:
        if why := task.unfit(view):
            unfit.append((view.subject_id, why))
            continue
        id_ = item_id(view.subject_id, task, round_=round_, copy=copy)
        card = task.card(view, id_, round_, seed)
        n_turns = len(card.fields["prompt"])
        if n_turns > MAX_TURNS:
            unfit.append((view.subject_id, f"{n_turns} turns, Argilla shows {MAX_TURNS}"))
        else:
            cards[id_] = card
    return list(cards.values()), unfit


def by_reason(unfit: Iterable[tuple[str, str]]) -> list[tuple[str, int]]:
    """Count what cannot be shown by the reason, the most frequent first."""
    return Counter(why for _, why in unfit).most_common()


def nothing_to_show(queue: str, unfit: Sequence[tuple[str, str]]) -> InvalidSettings:
    """Compose why a queue would be empty."""
    reasons = "; ".join(f"{n:,}: {why}" for why, n in by_reason(unfit))
    return InvalidSettings(
        f"queue '{queue}' would be empty: none of its {len(unfit):,} items can be shown ({reasons}); choose another "
        "release, task or options of it"
    )
