"""What a filter written against one comparison decides on: its label, and where each annotator stands on it."""

from typing import ClassVar, NamedTuple, Protocol

from winnow.pipelines.labels.cycles import CycleLink
from winnow.pipelines.near.leaders import NearTo
from winnow.schemas.judgments import Kind, Verdict
from winnow.schemas.registry import Registry

EVEN = 1e-5
"""Difference up to which two probabilities are one: an aggregation that knows nothing may put them a hair apart."""


class Stand(NamedTuple):
    """Where one annotator stands on one comparison, unreadable replies left out."""

    annotator_id: str
    """Who."""

    weight: float
    """Log-odds, in nats, that a decisive verdict of this annotator adds to a label, given what the others say."""

    is_flipped: bool
    """Whether it judged in both orders and did not say the same."""

    kind: Kind = "llm"
    """What sort of annotator it is."""

    lean: float = 0.0
    """From -1 (b in every order shown) to 1 (a in every order shown)."""

    is_torn: bool = False
    """Whether it judged more than once in one order and did not say the same."""

    rated: float | None = None
    """From -1 (b rated higher on every attribute) to 1 (a is); None where it did not rate both."""

    @property
    def verdict(self) -> Verdict | None:
        """What it says, all its judgments taken together; None where they cancel out."""
        if self.lean:
            return "a" if self.lean > 0 else "b"
        return None if self.is_flipped or self.is_torn else "tie"


class Case(NamedTuple):
    """One labelled comparison."""

    comparison_id: str
    """The comparison."""

    prompt_id: str
    """Its prompt."""

    p_a: float
    """Probability that a is better."""

    p_b: float
    """Probability that b is better."""

    p_tie: float
    """Probability that neither is."""

    agreement: float | None
    """Share of the evidence that agrees with the label; None where nobody has weight."""

    stands: tuple[Stand, ...]
    """The annotators that judged it, by id."""

    n_responses: int = 2
    """Responses compared."""

    n_empty: int = 0
    """Responses without text and tool calls."""

    n_repeated: int = 0
    """Responses that look like an earlier one."""

    n_unknown: int = 0
    """Responses of which nobody knows what they say."""

    near_duplicate_of: NearTo | None = None
    """The kept prompt that its prompt nearly repeats; None where there is none or none was looked for."""

    cycle_links: tuple[CycleLink, ...] = ()
    """Its places in cycles among the labels of its prompt; none where there is no cycle."""

    low: float | None = None
    """Lower end of the 90 % interval of p_a / (p_a + p_b); None where the method gives none."""

    high: float | None = None
    """Upper end of it."""

    @property
    def verdict(self) -> Verdict | None:
        """The likeliest verdict; None where a and b are as likely as each other and a tie is less so."""
        if self.p_tie >= max(self.p_a, self.p_b):
            return "tie"
        if abs(self.p_a - self.p_b) <= EVEN:
            return None
        return "a" if self.p_a > self.p_b else "b"


class Filter(Protocol):
    """A check with a threshold, registered under the name that settings use.

    It says what it rejects either of all comparisons at once, `rejects(cases)`, or of one, `why_rejected(case)`; see
    `winnow.pipelines.filters.rejecting`.
    """

    reason: ClassVar[str]
    """Reason that the rejects carry."""

    @property
    def threshold(self) -> float:
        """What it compares with; the class says how."""
        ...


FILTERS: Registry[Filter] = Registry("filter")
"""Filters by name; `winnow.pipelines.filters` fills it."""


def name_of(check: Filter) -> str:
    """Return the name under which a filter is registered."""
    return str(check.name)  # type: ignore[attr-defined]
