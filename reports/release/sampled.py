"""What became of the requests for responses, in plain words."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from winnow.reports.intervals import percent
from winnow.schemas.plurals import counted

_MANY = 0.1
"""Share from which on answers that are none, or no whole ones, are a warning."""

_WAYS_OUT = {
    "n_unfinished": "raise max_tokens, or have the model think less",
    "n_cut_off": "raise max_tokens, or ask for shorter answers",
    "n_empty": "look at the model's chat template and stop texts",
}


class SampledSentence(NamedTuple):
    """How whole the answers of one model are."""

    text: str
    """The sentence."""

    is_warning: bool
    """Whether many of the answers are none, or no whole ones."""


def sampled_sentences(rows: Iterable[Mapping[str, Any]]) -> Iterator[SampledSentence]:
    """Say of each model how many of its answers are cut off, empty, or thoughts without an answer.

    Models whose every request became a whole answer without a thought are passed over.

    Args:
        rows: Result of the figure `sampled`.
    """
    for row in rows:
        parts = [*_parts(row)]
        if parts:
            many = [name for name in _WAYS_OUT if row[name] >= _MANY * row["n_requests"] > 0]
            hint = f"; {_WAYS_OUT[many[0]]}" if many else ""
            text = f"Of {counted(row['n_requests'], 'request')} to {row['model']}, {', '.join(parts)}{hint}."
            yield SampledSentence(text, bool(many))


def _parts(row: Mapping[str, Any]) -> Iterator[str]:
    said = {
        "n_unfinished": "gave a thought and no answer",
        "n_cut_off": "were cut off at max_tokens",
        "n_end_unknown": "may be cut off, as the server does not say why they end",
        "n_empty": "came back empty",
        "n_with_thought": "thought before the answer",
    }
    for name, words in said.items():
        if n := row[name]:
            yield f"{n:,} ({percent(n / row['n_requests'])}) {words}"
