"""What was said on the way to a judgment that took several questions."""

from typing import Annotated, ClassVar

from pydantic import Field

from winnow.schemas.base import Record
from winnow.schemas.judgments import Rating, Verdict


class PanelTurn(Record):
    """One reply on the way to a judgment that several of them led to: who spoke, and what was known then.

    What judge, prompt, responses and texts of the turns before give is the very request that the turn answers.
    """

    table: ClassVar[str] = "panel_turns"
    key: ClassVar[tuple[str, ...]] = ("judgment_id", "turn")

    judgment_id: str
    """The judgment that came of it."""

    turn: Annotated[int, Field(ge=1)]
    """Which turn it is, counted from 1 in the order in which questions were asked."""

    round: Annotated[int, Field(ge=1)]
    """Round of questions in which it was asked; those of one round do not know of each other."""

    role: str
    """Who spoke, such as "member 2", "advocate of first" or "judge"."""

    model: str
    """Name of the model in the settings."""

    saw: tuple[int, ...] = ()
    """Earlier turns that stood in its question; empty where it spoke without any."""

    request_id: str
    """The completion."""

    text: str
    """The reply, without a thought before it."""

    verdict: Verdict | None = None
    """What was read of this turn alone: the better response by name, or "invalid"; None where it gives no verdict."""

    ratings: tuple[Rating, ...] = ()
    """Ratings that were read of this turn alone."""

    note: str = ""
    """What became of it, such as "overturned", "repeated" or "not in the response"; empty where there is nothing to say."""
