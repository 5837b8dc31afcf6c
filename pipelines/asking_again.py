"""Replies that cannot be read, and what came when they were asked for again."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from pipelines.answering import Complete
from pipelines.inference.models import ModelRef
from pipelines.inference.requests import ChatRequest, Completion, Result


class HasRequest(Protocol):
    """A question that was made a request."""

    @property
    def request(self) -> ChatRequest:
        """The first attempt."""
        ...


P = TypeVar("P", bound=HasRequest)


def complete_readable(
    posed: Sequence[P],
    *,
    model: ModelRef,
    complete: Complete,
    is_readable: Callable[[P, Completion], bool],
    asks_again: bool,
) -> tuple[dict[str, Result], int]:
    """Have questions answered; a reply that cannot be read gives way to a later one that can.

    Asking again is a request of its own, told apart by `ChatRequest.attempt`, and its reply is stored beside the first.
    Of all attempts the first readable reply counts, of unreadable ones the last: so the same store always gives the
    same replies. A request is asked again, once, where `asks_again` says so, or where another server or another
    version of the engine has answered before; what has no reply yet is asked in any case.

    Args:
        posed: The questions; those with one request are asked once.
        model: The model.
        complete: Has requests answered.
        is_readable: Says of a question and its reply whether something certain can be read.
        asks_again: Ask again for every reply that cannot be read.

    Returns:
        What became of each request by its request_id, and how many replies of before were not asked for again.
    """
    by_request = {one.request.request_id: one for one in posed}
    answers = complete([one.request for one in posed], model=model)
    results, n_reused = dict(answers.results), answers.n_reused

    def unread(tries: dict[str, ChatRequest]) -> dict[str, ChatRequest]:
        found = ((i, r, results[i]) for i, r in tries.items())
        return {
            i: r
            for i, r, a in found
            if isinstance(a, Completion) and not is_readable(by_request[i], a)
        }

    tries = unread({i: one.request for i, one in by_request.items()})
    due: dict[str, ChatRequest] = {}
    while tries:
        tries = {i: r.model_copy(update={"attempt": r.attempt + 1}) for i, r in tries.items()}
        stored = complete(list(tries.values()), model=model, stored_only=True).results
        due |= {i: r for i, r in tries.items() if r.request_id not in stored}
        tries = {i: r for i, r in tries.items() if r.request_id in stored}
        results |= {i: stored[r.request_id] for i, r in tries.items()}
        tries = unread(tries)
    wanted = {i: r for i, r in due.items() if asks_again or _is_elsewhere(results[i], model)}
    if wanted:
        again = complete(list(wanted.values()), model=model).results
        replies = {i: again[r.request_id] for i, r in wanted.items()}
        # A failure to answer again takes nothing away: the reply that is there stays.
        results |= {i: reply for i, reply in replies.items() if isinstance(reply, Completion)}
    return results, max(0, n_reused - len(wanted))


def _is_elsewhere(result: Result, model: ModelRef) -> bool:
    return isinstance(result, Completion) and result.server not in (None, model.server)
