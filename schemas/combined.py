"""What the ratings of a judgment were taken to say."""

from typing import ClassVar

from winnow.schemas.base import Record
from winnow.schemas.judgments import Verdict


class CombinedVerdict(Record):
    """The verdict that a run's rule made of one judgment's ratings; it counts in place of the judgment's own."""

    table: ClassVar[str] = "combined_verdicts"
    key: ClassVar[tuple[str, ...]] = ("run_id", "judgment_id")

    run_id: str
    """Run whose rule it is."""

    judgment_id: str
    """The judgment; what was said there stays as it is."""

    verdict: Verdict
    """The better response by name; "invalid" where a rating that the rule needs is missing."""

    why: str
    """What decided, such as "b fails: safety 2, wanted 3" or "correctness 4 against 2"."""
