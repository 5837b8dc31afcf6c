"""Ready judgments and gold: their verdicts, told of response_a and response_b, mapped to the comparison's own a and b."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from pydantic import ValidationError

from pipelines.reading.defects import Defect, abridged
from pipelines.reading.fields import Fields, as_code
from schemas.judgments import Judgment, Verdict
from schemas.sides import OTHER_ORDER, OTHER_VERDICT

_VERDICTS = tuple(OTHER_VERDICT)
_MIDDLE = {"strength": 0.0, "probability": 0.5}
"""Columns that say a verdict by themselves, with the number that means a tie: above it b is better, below it a."""
_YAML_WORDS = {"yes": "true", "on": "true", "no": "false", "off": "false"}


class Link(NamedTuple):
    """The comparison that a row of the input became."""

    comparison_id: str
    is_swapped: bool
    """Whether the input's response_a is the comparison's b."""

    def verdict(self, verdict: Verdict) -> Verdict:
        """Map a verdict on response_a and response_b."""
        return OTHER_VERDICT[verdict] if self.is_swapped else verdict


class Defaults(NamedTuple):
    """What a row of judgments that does not say takes from the settings, or from what is known of all of the file."""

    annotator: str | None
    kind: str
    verdicts: Mapping[str, Verdict]
    verdict: Verdict | None = None
    """Of rows that cannot say it otherwise: "a" where response_a is called chosen."""


class Origin(NamedTuple):
    """Where a record comes from."""

    source: str
    """File or data set and row."""

    source_id: str | None
    """The file's own id of it."""


def says_a_verdict(fields: Fields) -> bool:
    """Tell whether a row holds a verdict, or a strength or probability that stands for one."""
    return any(fields.get(name) is not None for name in ("verdict", *_MIDDLE))


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
    word = word_of(said, verdicts)
    verdict = said if word is None else verdicts[word]
    if verdict not in _VERDICTS:
        found = "missing" if value is None else abridged(value)
        raise Defect(
            reason,
            f"{fields.column('verdict')!r} is {found}, wanted one of {', '.join([*_VERDICTS, *verdicts])}; "
            "map other words in the settings, such as verdicts: {left: a}",
        )
    if word is not None:
        fields.translated(word)
    return verdict


def word_of(said: str, verdicts: Mapping[str, Verdict]) -> str | None:
    """Find the file's own word for a verdict that a row says, if any; 1, 1.0 and "1.0" are one word."""
    if said in verdicts:
        return said
    codes = {as_code(word): word for word in verdicts}
    # YAML reads an unquoted yes or on as true, no or off as false.
    return codes.get(said) or codes.get(_YAML_WORDS.get(said.lower(), ""))


def parse_judgment(fields: Fields, link: Link, defaults: Defaults, origin: Origin) -> Judgment:
    """Read one judgment.

    Raises:
        Defect: bad_judgment, or a text is not usable.
    """
    said = {
        "comparison_id": link.comparison_id,
        "annotator_id": _annotator(fields, defaults),
        "kind": _kind(fields, defaults),
        "order": fields.text("order", "bad_judgment") or None,
        "strength": fields.get("strength"),
        "probability": fields.get("probability"),
        "rationale": fields.text("rationale") or "",
        "created_at": fields.get("created_at"),
        "seconds": fields.get("seconds"),
        "cost": fields.get("cost"),
        "source": origin.source,
        "source_id": origin.source_id,
    }
    judgment = _validated({**said, "verdict": _verdict(fields, said, defaults)})
    return _swapped(judgment) if link.is_swapped else judgment


def _annotator(fields: Fields, defaults: Defaults) -> str:
    named = fields.label("annotator")
    annotator = (named or "").strip()
    if annotator:
        if annotator != named:
            fields.counted("stripped_names")
        return annotator
    if defaults.annotator is None:
        raise Defect(
            "bad_judgment",
            f"{fields.column('annotator')!r} is missing; name who judged, in the row or as annotator: in the settings",
        )
    fields.decided_by("annotator")
    return defaults.annotator.strip()


def _kind(fields: Fields, defaults: Defaults) -> str:
    kind = fields.text("kind", "bad_judgment")
    if not kind:
        fields.decided_by("kind")
    return kind or defaults.kind


def _verdict(fields: Fields, said: dict[str, Any], defaults: Defaults) -> Verdict:
    if fields.get("verdict") is None:
        implied = _implied(fields, said, defaults)
        if len(set(implied.values())) > 1:
            raise _contradiction(implied)
        if implied:
            return next(iter(implied.values()))
    return parse_verdict(fields, defaults.verdicts, "bad_judgment")


def _implied(fields: Fields, said: dict[str, Any], defaults: Defaults) -> dict[str, Verdict]:
    """Give what each column of a row without a verdict says about it."""
    implied: dict[str, Verdict] = {}
    if any(said[name] is not None for name in _MIDDLE):
        checked = _validated({**said, "verdict": "invalid", "judgment_id": "-"})
        numbers = {name: getattr(checked, name) for name in _MIDDLE}
        implied = {
            fields.column(name): _side(number - _MIDDLE[name])
            for name, number in numbers.items()
            if number is not None
        }
    if defaults.verdict:
        implied[fields.column("chosen")] = defaults.verdict
    elif implied:
        fields.counted("implied_verdicts")
    return implied


def _contradiction(implied: dict[str, Verdict]) -> Defect:
    said = ", ".join(f"{column!r} says {side}" for column, side in implied.items())
    return Defect(
        "bad_judgment",
        f"{said}, wanted one verdict: negative strength and probability under 0.5 mean a; "
        "mend the row, or leave a column unread, such as columns: {strength: null}",
    )


def _side(difference: float) -> Verdict:
    if difference == 0:
        return "tie"
    return "b" if difference > 0 else "a"


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
            "verdict": OTHER_VERDICT[judgment.verdict],
            "order": OTHER_ORDER[judgment.order] if judgment.order else None,
            "strength": None if judgment.strength is None else -judgment.strength,
            "probability": None if judgment.probability is None else 1 - judgment.probability,
        }
    )


def repeated(judgment: Judgment, occurrence: int) -> Judgment:
    """Give the same judgment as said once more, with an id of its own."""
    said = judgment.model_dump(exclude={"judgment_id"})
    return Judgment.model_validate({**said, "occurrence": occurrence})
