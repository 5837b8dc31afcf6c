"""How long a job will still take, from what it did since it began.

Nothing is known of a request but how long it is in work and how long those took that are over. Requests in work are
censored: they have lasted so long and are not over. Two shapes are told apart by how unlike the finished ones are.
Alike (a judge's verdicts, a server's steady answers): the next one takes what the mean took. Unlike (answers that end
when the model likes): the time is taken to be exponential, so that one in work lasts as long again as a new one, the
mean is all time spent over all that ended, and of c the last is done after about 1 + 1/2 + ... + 1/c means.
"""

import math
from typing import NamedTuple

from winnow.pipelines.inference.work import InWork

_FIRST_S = 10.0
"""Before this an engine reads prompts, and how fast it is is chance."""
_FEW = 5
_UNLIKE = 1.7
"""By what the relative spread is multiplied: as spread as numbers drawn evenly from 0 on counts as exponential."""
_OF_LAST = 0.75
"""The last of several is done sooner than an exponential's, for no answer goes on for ever."""


class TimeLeft(NamedTuple):
    """How long a job will still take."""

    seconds: float
    """Until its last request is over."""

    is_most: bool
    """Whether too little is over to know more than what it takes at most."""


def time_left(work: InWork, n_waiting: int, max_tokens: int) -> TimeLeft | None:
    """Estimate how long it is until the last request is over.

    Args:
        work: What is in work and what is over.
        n_waiting: Requests that nobody has begun.
        max_tokens: Most tokens that one of them may generate.

    Returns:
        The time; None where nothing can be said.
    """
    if work.worked_s < _FIRST_S:
        return None
    longest_s = _longest_s(work, max_tokens)
    if not work.n_done:
        if math.isinf(longest_s):
            return None
        return TimeLeft(_if_alike(work, n_waiting, longest_s), is_most=True)
    spread = _spread(work)
    alike_s = work.done_s / work.n_done
    unlike_s = min((work.done_s + work.ages_s) / work.n_done, longest_s)
    seconds = (1 - spread) * _if_alike(work, n_waiting, alike_s)
    seconds += spread * _if_unlike(work, n_waiting, unlike_s, longest_s)
    is_most = work.n_done < _FEW and work.n_done < work.n_in_work
    return TimeLeft(seconds, is_most)


def _if_alike(work: InWork, n_waiting: int, each_s: float) -> float:
    """Estimate the seconds where every request takes `each_s`: the last one begins when enough before it are over."""
    youngest_left_s = max(each_s - work.youngest_s, 0.0)
    if not n_waiting:
        return youngest_left_s
    n = max(work.n_in_work, 1)
    oldest_s = 2 * work.ages_s / n - work.youngest_s  # ages lie evenly between the two
    oldest_left_s = max(each_s - oldest_s, 0.0)
    n_rounds, rest = divmod(n_waiting - 1, n)
    begins_s = oldest_left_s + (rest + 1) / n * (youngest_left_s - oldest_left_s)
    return (n_rounds + 1) * each_s + begins_s


def _if_unlike(work: InWork, n_waiting: int, mean_s: float, longest_s: float) -> float:
    """Estimate the seconds where one in work lasts as long again as a new one."""
    n = max(work.n_in_work, 1)
    last_s = _OF_LAST * mean_s * sum(1 / k for k in range(1, n + 1))
    return n_waiting * mean_s / n + min(last_s, max(longest_s - work.youngest_s, 0.0))


def _longest_s(work: InWork, max_tokens: int) -> float:
    """Estimate the seconds of a request that generates all it may, at the speed at which tokens came so far."""
    if not work.n_tokens:
        return math.inf
    return max_tokens * (work.done_s + work.ages_s) / work.n_tokens


def _spread(work: InWork) -> float:
    """Measure how unlike the times are: 0 where all took the same time, 1 where they took as unlike times as answers of any length do."""
    if work.n_done < _FEW:
        return 1.0
    mean_s = work.done_s / work.n_done
    variance = max(work.done_s2 / work.n_done - mean_s * mean_s, 0.0)
    return min((_UNLIKE * math.sqrt(variance) / max(mean_s, 1e-9)) ** 2, 1.0)
