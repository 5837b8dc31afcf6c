"""Replies that cannot be read, and what came when they were asked for again."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeVar

from winnow.pipelines.asking.complete import Complete
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.requests import ChatRequest, Completion, Failure, Result


class AskedTogether(Protocol):
    """Questions that are read together, as requests."""

    @property
    def requests(self) -> Sequence[ChatRequest]:
        """The first attempt of each."""
        ...


class AnsweredTogether(NamedTuple):
    """What became of questions that are read together."""

    completions: tuple[Completion, ...]
    """What was answered, in the order of the questions."""

    failure: Failure | None = None
    """Of the questions without an answer, the first; None where each has one."""


P = TypeVar("P", bound=AskedTogether)
IsReadable = Callable[[P, Sequence[Completion]], bool]


def complete_readable(
    asked: Sequence[P],
    *,
    model: ModelRef,
    complete: Complete,
    is_readable: IsReadable[P],
    asks_again: bool,
) -> tuple[list[AnsweredTogether], int]:
    """Have questions answered; replies that cannot be read give way to later ones that can.

    Asking again is a request of its own, told apart by `ChatRequest.attempt`, and its reply is stored beside the first.
    Of all attempts the first readable replies count, of unreadable ones the last: so the same store always gives the
    same replies. Questions that are read together are asked again together, once, where `asks_again` says so, or where
    another server or another version of the engine has answered before; what has no reply yet is asked in any case.

    Args:
        asked: The questions; the same request in several is asked once.
        model: The model.
        complete: Has requests answered.
        is_readable: Says of questions and their replies whether something certain can be read.
        asks_again: Ask again for all replies that cannot be read.

    Returns:
        What became of each of `asked`, and how many replies of before were not asked for again.
    """
    answers = complete([r for one in asked for r in one.requests], model=model)
    outcomes = [_outcome(one.requests, answers.results) for one in asked]

    def unread(tries: dict[int, list[ChatRequest]]) -> dict[int, list[ChatRequest]]:
        whole = ((i, tried, outcomes[i]) for i, tried in tries.items())
        return {
            i: tried
            for i, tried, found in whole
            if not found.failure and not is_readable(asked[i], found.completions)
        }

    tries = unread({i: list(one.requests) for i, one in enumerate(asked)})
    due: dict[int, list[ChatRequest]] = {}
    while tries:
        tries = {i: list(map(_again, tried)) for i, tried in tries.items()}
        stored = complete(_all(tries), model=model, stored_only=True).results
        is_stored = {i: all(r.request_id in stored for r in tried) for i, tried in tries.items()}
        due |= {i: tried for i, tried in tries.items() if not is_stored[i]}
        tries = {i: tried for i, tried in tries.items() if is_stored[i]}
        for i, tried in tries.items():
            outcomes[i] = _outcome(tried, stored)
        tries = unread(tries)
    wanted = {i: r for i, r in due.items() if asks_again or _is_elsewhere(outcomes[i], model)}
    if wanted:
        again = complete(_all(wanted), model=model).results
        for i, tried in wanted.items():
            # A failure to answer again takes nothing away: the replies that are there stay.
            if not (found := _outcome(tried, again)).failure:
                outcomes[i] = found
    n_again = len({request.request_id for request in _all(wanted)})
    return outcomes, max(0, answers.n_reused - n_again)


def _outcome(requests: Sequence[ChatRequest], results: Mapping[str, Result]) -> AnsweredTogether:
    found = [results[request.request_id] for request in requests]
    failures = (result for result in found if isinstance(result, Failure))
    completions = tuple(result for result in found if isinstance(result, Completion))
    return AnsweredTogether(completions, next(failures, None))


def _again(request: ChatRequest) -> ChatRequest:
    return request.model_copy(update={"attempt": request.attempt + 1})


def _all(tries: Mapping[int, Sequence[ChatRequest]]) -> list[ChatRequest]:
    return [request for tried in tries.values() for request in tried]


def _is_elsewhere(outcome: AnsweredTogether, model: ModelRef) -> bool:
    return any(one.server not in (None, model.server) for one in outcome.completions)
