"""Shortcuts: what tells chosen from rejected without reading either."""

from typing import Annotated, ClassVar, Literal, NamedTuple

from pydantic import Field

from winnow.schemas.base import Record
from winnow.schemas.labels import Probability

Difference = Annotated[float, Field(ge=-1, le=1)]
Finding = Literal["explains", "unclear", "clear", "absent"]


class Guess(NamedTuple):
    """Which response a shortcut predicts to be the better one, in words that follow "choosing"."""

    more: str
    """The guess that `accuracy` is about."""

    less: str
    """The opposite guess."""


SHORTCUTS: dict[str, Guess] = {
    "length": Guess("the longer response", "the shorter response"),
    "words": Guess("the one with more words", "the one with fewer words"),
    "paragraphs": Guess("the one with more paragraphs", "the one with fewer paragraphs"),
    "lists": Guess("the one with more list items", "the one with fewer list items"),
    "headings": Guess("the one with more headings", "the one with fewer headings"),
    "bold": Guess("the one with more bold text", "the one with less bold text"),
    "code": Guess("the one with more code blocks", "the one with fewer code blocks"),
    "tables": Guess("the one with more table rows", "the one with fewer table rows"),
    "links": Guess("the one with more links", "the one with fewer links"),
    "exclamation": Guess("the one with more exclamation marks", "the one with fewer exclamation marks"),
    "emoji": Guess("the one with more emoji", "the one with fewer emoji"),
    "opening": Guess("the one that opens with a word like Sure", "the one that does not open with a word like Sure"),
    "refusal": Guess("the one that opens with a refusal", "the one that does not open with a refusal"),
    "place": Guess("response a", "response b"),
    "shown_first": Guess("the one that annotators saw first", "the one that annotators saw second"),
    "model": Guess("the response of the model that wins more often", "the response of the model that wins less often"),
    "probe": Guess("the one that all surface features together predict", "the other one"),
}  # fmt: skip
"""Every shortcut with its guess. `model` and `probe` are fitted to other prompts of the release, the rest only count."""

FITTED = ("model", "probe")
"""Shortcuts whose guess is learnt, so that only an accuracy above one half means anything."""


class Shortcut(Record):
    """How well one shortcut predicts the labels that one run published, ties left out.

    All intervals of a run hold together with 95 % probability, prompts drawn at random.
    """

    table: ClassVar[str] = "shortcuts"
    key: ClassVar[tuple[str, ...]] = ("run_id", "shortcut")

    run_id: str
    """Run that published the labels."""

    shortcut: str
    """Name, such as "length", "model" or "probe"."""

    n: int
    """Decided preferences."""

    n_prompts: int
    """Prompts they are about."""

    n_differ: int
    """Decided preferences for which the shortcut guesses at all; of the rest one half counts as right."""

    accuracy: Probability
    """Share of the decided preferences whose chosen response is the one that the shortcut guesses."""

    low: Probability
    """Lower end of the interval of `accuracy`."""

    high: Probability
    """Upper end of the interval of `accuracy`."""

    auc: Probability | None = None
    """How far larger differences are better guesses: area under the ROC curve; None where there is no larger."""

    n_gold: int
    """Decided preferences with decided gold."""

    gold_accuracy: Probability | None = None
    """The same share where gold, not the label, says which is better; None without gold."""

    gold_low: Probability | None = None
    """Lower end of the interval of `gold_accuracy`."""

    gold_high: Probability | None = None
    """Upper end of the interval of `gold_accuracy`."""

    excess: Difference | None = None
    """Accuracy on the labels minus accuracy on gold, of the same preferences; None without gold."""

    excess_low: Difference | None = None
    """Lower end of the interval of `excess`."""

    excess_high: Difference | None = None
    """Upper end of the interval of `excess`."""

    threshold: Probability
    """Accuracy that the whole interval has to exceed before the shortcut is said to explain the labels."""

    finding: Finding
    """Whether the shortcut explains the labels, cannot be told to, does not, or occurs nowhere."""

    is_warning: bool
    """Whether it explains labels but not gold as well, or labels beyond chance better than gold."""

    detail: str = ""
    """What a fitted shortcut has learnt: its largest weights, or the models' strengths."""

    @property
    def leans_to_more(self) -> bool:
        """Whether the guess that `accuracy` is about is the better one of the two."""
        return self.accuracy >= 0.5 or self.shortcut in FITTED

    @property
    def guess(self) -> str:
        """The better one of the two guesses, in words."""
        return SHORTCUTS[self.shortcut][0 if self.leans_to_more else 1]
