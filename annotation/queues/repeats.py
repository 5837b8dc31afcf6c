"""Which items are shown a second time, and when, to measure people against themselves.

Argilla shows each person a queue in a random order, so two showings that are there from the start may come one right
after the other. So the second is put into the queue only once the first lies far enough back for everyone who saw it.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from winnow.annotation.queues.selection import SelectionSettings, draw
from winnow.schemas.answers import Answer


def due_repeats(
    answers: Iterable[Answer],
    first: Collection[str],
    settings: SelectionSettings,
    *,
    repeated: Collection[str] = (),
    unrepeatable: Collection[str] = (),
) -> list[str]:
    """Choose the items to show again now: at the set rate, drawn from those that may be.

    An item may be shown again once enough people answered it, so that nobody has its first showing still to come, and
    once each of them has answered `repeat_gap` other items since.

    Args:
        answers: All answers of the queue.
        first: Ids of the items in the shared queue that are first showings.
        settings: Rate, gap and budget.
        repeated: Those of `first` that are in the queue a second time already.
        unrepeatable: Those of `first` that are never shown again, such as gold.

    Returns:
        Ids out of `first`.
    """
    told = sorted(answers, key=lambda answer: answer.created_at)
    last_words = {(a.item_id, a.annotator_id): a for a in told}.values()
    n_submitted = Counter(a.item_id for a in last_words if a.status == "submitted")
    done = [i for i in first if n_submitted[i] >= settings.n_people]
    n_wanted = round(len(done) * settings.repeat_share / (1 - settings.repeat_share))
    if settings.n_items is not None:
        n_wanted = min(n_wanted, settings.n_items - len(first))
    n_since = _answered_since(told)
    left = set(done) - set(repeated) - set(unrepeatable)
    due = (i for i in left if min(n_since[i]) >= settings.repeat_gap)
    drawn = sorted(due, key=draw(settings.seed, "repeat"))
    return drawn[: max(0, n_wanted - len(repeated))]


def _answered_since(told: Iterable[Answer]) -> Mapping[str, list[int]]:
    """Return for each item how many others each of its people answered after their last word on it."""
    first: dict[str, dict[str, datetime]] = defaultdict(dict)
    last: dict[str, dict[str, datetime]] = defaultdict(dict)
    for answer in told:
        first[answer.annotator_id].setdefault(answer.item_id, answer.created_at)
        last[answer.annotator_id][answer.item_id] = answer.created_at
    found: dict[str, list[int]] = defaultdict(list)
    for annotator_id, ended in last.items():
        begun = sorted(first[annotator_id].values())
        for item_id, at in ended.items():
            found[item_id].append(len(begun) - bisect_right(begun, at))
    return found
