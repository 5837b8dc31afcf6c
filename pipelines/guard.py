"""What keeps a run from publishing unless its settings allow it: the one place that says when."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, get_args

import duckdb

from winnow.pipelines.inference.requests import OWED, FailureReason
from winnow.pipelines.staged_views import see_staged
from winnow.schemas.base import Record
from winnow.schemas.errors import Unpublishable
from winnow.schemas.judgments import Judgment
from winnow.schemas.plurals import agreeing, counted
from winnow.schemas.preferences import Preference
from winnow.schemas.rejects import Reject
from winnow.schemas.runs import StageCount
from winnow.warehouse.sql import quote
from winnow.warehouse.staging import Staging
from winnow.warehouse.worth import lacks_preference

Reason = Literal["refused", "unread", "owed", "empty", "ties_only"]

_MOST, _MANY = 0.5, 0.1
_N_WORDS = 2
_MOST_CHARS = 160
_FAILURES = ", ".join(quote(reason) for reason in get_args(FailureReason))
_ANNOTATORS = f"""
    WITH said AS (
        SELECT annotator_id, CASE WHEN verdict = 'invalid' AND NOT is_discarded THEN 'unread' ELSE 'read' END AS became,
            CASE WHEN became = 'unread' THEN rationale ELSE '' END AS words
        FROM judgments
        UNION ALL
        SELECT regexp_extract(record_id, '^(.*) [0-9a-f]{{64}}( ab| ba)?$', 1), reason, detail
        FROM rejects WHERE stage = 'label' AND record = 'judgment' AND reason IN ({_FAILURES})
    )
    SELECT annotator_id, became, left(words, {_MOST_CHARS}) AS words, count(*) AS n
    FROM said GROUP BY ALL ORDER BY annotator_id, n DESC, words
"""
_TIES = "SELECT count(*), count(*) FILTER (is_tied) FROM preferences"


class Doubt(NamedTuple):
    """One thing that keeps a run from publishing."""

    reason: Reason
    """Its name in the setting `allow`."""

    what: str
    """What was found, with counts and the words of the server or model."""


class RequestTally(NamedTuple):
    """What one model or annotator was asked, and how much of it cannot be used."""

    who: str
    """Model or annotator."""

    n: int
    """Requests, or judgments asked for."""

    failed: tuple[tuple[str, int], ...] = ()
    """Of those, how many got no answer, by what the server said."""

    unread: tuple[tuple[str, int], ...] = ()
    """Of those, how many got an answer that could not be read, by the answer."""

    n_owed: int = 0
    """Of those that got no answer, how many may get one later."""

    def doubts(self) -> Iterator[Doubt]:
        """Say where a tenth may succeed later, and where half was refused or is unreadable."""
        n_failed, n_unread = (sum(n for _, n in words) for words in (self.failed, self.unread))
        if self.n_owed and self.n_owed >= _MANY * self.n:
            yield Doubt(
                "owed",
                f"{self.who}: {self.n_owed:,} of {counted(self.n, 'request')} failed and may succeed later{_quoted(self.failed)}",
            )
        if n_failed and n_failed >= _MOST * self.n:
            yield Doubt(
                "refused",
                f"{self.who}: {n_failed:,} of {counted(self.n, 'request')} got no answer{_quoted(self.failed)}",
            )
        elif n_unread and n_failed + n_unread >= _MOST * self.n:
            failed = f" and {n_failed:,} got none" if n_failed else ""
            yield Doubt(
                "unread",
                f"{self.who}: {n_unread:,} of {counted(self.n, 'reply', 'replies')} could not be read{failed}{_quoted(self.unread)}",
            )


def doubts_of_requests(asked: Iterable[RequestTally]) -> list[Doubt]:
    """Say which models or annotators were mostly refused or unreadable, or may answer more later."""
    return [doubt for one in asked for doubt in one.doubts()]


def annotators_asked(staging: Staging) -> list[RequestTally]:
    """Count by annotator what it was asked for, got no answer to, and answered unreadably.

    Counts judgments: one for each comparison and order, or for each response. A person who put a comparison aside was read.

    Args:
        staging: Holds the judgments, and the rejects of the stage "label".
    """
    found: dict[str, dict[str, list[tuple[str, int]]]] = {}
    for who, became, words, n in _rows(_ANNOTATORS, staging, Judgment, Reject):
        found.setdefault(who, {}).setdefault(became, []).append((words, n))
    return [_annotator(who, became) for who, became in found.items()]


def doubts_of_release(staging: Staging, counts: Sequence[StageCount]) -> list[Doubt]:
    """Say whether what is staged is an empty release, or one of ties alone.

    Args:
        staging: Holds the preferences.
        counts: Of the stages so far; they say where an empty release lost its rows.
    """
    ((n, n_tied),) = _rows(_TIES, staging, Preference)
    lack = lacks_preference(n, n_tied)
    if lack == "empty":
        return [Doubt(lack, f"the release would be empty ({_losses(counts)})")]
    if lack == "ties_only":
        return [
            Doubt(
                lack,
                f"{agreeing(n, 'the only label is a tie', f'all {n:,} labels are ties')}, so nothing is preferred to anything",
            )
        ]
    return []


def stop_for(doubts: Sequence[Doubt], allowed: Collection[Reason]) -> None:
    """Do nothing where every doubt is allowed.

    Raises:
        Unpublishable: One is not; names each reason as the setting `allow` has it.
    """
    stopping = [doubt for doubt in doubts if doubt.reason not in allowed]
    if not stopping:
        return
    what = "; ".join(doubt.what for doubt in stopping)
    reasons = dict.fromkeys([*allowed, *(doubt.reason for doubt in stopping)])
    unread = any(doubt.reason == "unread" for doubt in stopping)
    kept = (
        "what could be read is kept, the rest is asked again"
        if unread
        else "what was answered is kept"
    )
    raise Unpublishable(
        f"nothing was published: {what}; put that right and give the same command again: {kept}; "
        f"to publish it as it is: allow: [{', '.join(reasons)}]",
        reasons=tuple(doubt.reason for doubt in stopping),
    )


def _annotator(who: str, became: dict[str, list[tuple[str, int]]]) -> RequestTally:
    failed = Counter(
        {words: n for reason in get_args(FailureReason) for words, n in became.get(reason, [])}
    )
    return RequestTally(
        who,
        sum(n for said in became.values() for _, n in said),
        failed=tuple(failed.most_common()),
        unread=tuple(became.get("unread", [])),
        n_owed=sum(n for reason in OWED for _, n in became.get(reason, [])),
    )


def _losses(counts: Sequence[StageCount]) -> str:
    lost = [
        f"{count.stage} rejected {', '.join(f'{r.n:,} {r.reason}' for r in count.rejects)}"
        for count in counts
        if count.rejects
    ]
    return "; ".join(lost) or "no stage rejected anything: nothing came in"


def _quoted(said: Sequence[tuple[str, int]]) -> str:
    words = [(" ".join(text.split())[:_MOST_CHARS], n) for text, n in said[:_N_WORDS]]
    return "".join(
        f', {"once" if n == 1 else f"{n:,} times"} "{text}"' for text, n in words if text
    )


def _rows(sql: str, staging: Staging, *records: type[Record]) -> list[tuple[Any, ...]]:
    with duckdb.connect() as con:
        see_staged(con, staging, records)
        return con.execute(sql).fetchall()
