"""Ready judgments and gold: their verdicts, told of response_a and response_b, mapped to the comparison's own a and b."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from pydantic import ValidationError

from pipelines.reading.defects import Defect, abridged
from pipelines.reading.fields import Fields, as_code
from schemas.judgments import Judgment, Order, Verdict

_OTHER: dict[Verdict, Verdict] = {"a": "b", "b": "a", "tie": "tie", "invalid": "invalid"}
_REVERSED: dict[str, Order] = {"ab": "ba", "ba": "ab"}
_VERDICTS = tuple(_OTHER)
_YAML_WORDS = {"yes": "true", "on": "true", "no": "false", "off": "false"}


class Link(NamedTuple):
    """The comparison that a row of the input became."""

    comparison_id: str
    is_swapped: bool
    """Whether the input's response_a is the comparison's b."""

    def verdict(self, verdict: Verdict) -> Verdict:
        """Map a verdict on response_a and response_b."""
        return _OTHER[verdict] if self.is_swapped else verdict


class Defaults(NamedTuple):
    """What a row of judgments that does not say takes from the settings."""

    annotator: str | None
    kind: str
    verdicts: Mapping[str, Verdict]


def parse_verdict(fields: Fields, verdicts: Mapping[str, Verdict], reason: str) -> Verdict:
    """Read a verdict on response_a and response_b.

    Args:
        fields: The row.
        verdicts: The file's own words for verdicts, beside a, b, tie and invalid; 1, 1.0 and "1.0" are one word, and so
            are true and "True".
        reason: Of the defect.

    Raises:
        Defect: There is none, or no known one.
    """
    value = fields.get("verdict")
    said = as_code(value) if isinstance(value, str | int | float | Decimal) else ""
    verdict = verdicts.get(said) or _meant(said, verdicts)
    if verdict not in _VERDICTS:
        found = "missing" if value is None else abridged(value)
        raise Defect(
            reason,
            f"{fields.column('verdict')!r} is {found}, wanted one of {', '.join([*_VERDICTS, *verdicts])}; "
            "map other words in the settings, such as verdicts: {left: a}",
        )
    return verdict


def _meant(said: str, verdicts: Mapping[str, Verdict]) -> str:
    codes = {as_code(word): verdict for word, verdict in verdicts.items()}
    # YAML reads an unquoted yes or on as true, no or off as false.
    return codes.get(said) or codes.get(_YAML_WORDS.get(said.lower(), "")) or said


def parse_judgment(fields: Fields, link: Link, defaults: Defaults) -> Judgment:
    """Read one judgment.

    Raises:
        Defect: bad_judgment, or a text is not usable.
    """
    annotator = fields.label("annotator") or defaults.annotator
    if annotator is None:
        raise Defect(
            "bad_judgment",
            f"{fields.column('annotator')!r} is missing; name who judged, in the row or as annotator: in the settings",
        )
    said = {
        "comparison_id": link.comparison_id,
        "annotator_id": annotator,
        "kind": fields.text("kind", "bad_judgment") or defaults.kind,
        "order": fields.text("order", "bad_judgment") or None,
        "verdict": parse_verdict(fields, defaults.verdicts, "bad_judgment"),
        "strength": fields.get("strength"),
        "probability": fields.get("probability"),
        "rationale": fields.text("rationale") or "",
        "created_at": fields.get("created_at"),
    }
    judgment = _validated(said)
    return _swapped(judgment) if link.is_swapped else judgment


def _validated(said: dict[str, Any]) -> Judgment:
    try:
        return Judgment.model_validate(said)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise Defect(
            "bad_judgment", f"{place!r} is {abridged(first['input'])}: {first['msg'].lower()}"
        ) from None


def _swapped(judgment: Judgment) -> Judgment:
    said = judgment.model_dump(exclude={"judgment_id"})
    return Judgment.model_validate(
        {
            **said,
            "verdict": _OTHER[judgment.verdict],
            "order": _REVERSED[judgment.order] if judgment.order else None,
            "strength": None if judgment.strength is None else -judgment.strength,
            "probability": None if judgment.probability is None else 1 - judgment.probability,
        }
    )
