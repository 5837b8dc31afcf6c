"""Ready judgments and gold: their verdicts, told of response_a and response_b, mapped to the comparison's own a and b."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from pydantic import ValidationError

from winnow.annotation.ranks import in_order, verdict_of
from winnow.annotation.ratings import ranks_of_ratings, verdict_of_ratings
from winnow.pipelines.reading.defects import Defect, abridged
from winnow.pipelines.reading.details import (
    parse_criteria,
    parse_ranking,
    parse_ratings,
)
from winnow.pipelines.reading.fields import Fields, as_code
from winnow.pipelines.reading.links import Link
from winnow.schemas.judgments import Judgment, Verdict
from winnow.schemas.sides import OTHER_ORDER, OTHER_VERDICT

VERDICTS = tuple(OTHER_VERDICT)
"""Words for verdicts that need no meaning in the settings."""

_MIDDLE = {"strength": 0.0, "probability": 0.5}
"""Columns that say a verdict by themselves, with the number that means a tie: above it b is better, below it a."""
_YAML_WORDS = {"yes": "true", "on": "true", "no": "false", "off": "false"}


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
    if verdict not in VERDICTS:
        found = "missing" if value is None else abridged(value)
        raise Defect(
            reason,
            f"{fields.column('verdict')!r} is {found}, wanted one of {', '.join([*VERDICTS, *verdicts])}; "
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
    one = fields.get("judged_response")
    side = None if one is None else link.place_of(one, repr(fields.column("judged_response")))
    rank = parse_ranking(fields, link)
    said = {
        **_subject(link, side),
        "annotator_id": _annotator(fields, defaults),
        "kind": _kind(fields, defaults),
        "order": fields.text("order", "bad_judgment") or None,
        "strength": fields.get("strength"),
        "ratings": parse_ratings(fields, link, side),
        "criteria": parse_criteria(fields, link, side),
        **in_order(rank),
        "probability": fields.get("probability"),
        "rationale": fields.text("rationale") or "",
        "created_at": fields.get("created_at"),
        "seconds": fields.get("seconds"),
        "cost": fields.get("cost"),
        "source": origin.source,
        "source_id": origin.source_id,
    }
    if side is not None:
        return _of_response(fields, said)
    if link.is_group:
        return _of_group(fields, said, link)
    judgment = _validated({**said, "verdict": _verdict(fields, said, rank, link, defaults)})
    return swapped(judgment) if link.is_swapped else judgment


def _subject(link: Link, side: int | None) -> dict[str, Any]:
    if side is None:
        return {"comparison_id": link.comparison_id}
    return {"subject_kind": "response", "subject_id": link.response_ids[side]}


def _of_response(fields: Fields, said: dict[str, Any]) -> Judgment:
    """Read a judgment of one response, which says nothing of the other."""
    if not said["ratings"] and not said["criteria"]:
        raise Defect(
            "bad_judgment",
            f"{fields.column('judged_response')!r} is {fields.get('judged_response')!r}, but there are no ratings and no "
            "criteria of it",
        )
    return _validated({**said, "verdict": fields.get("verdict")})


def _of_group(fields: Fields, said: dict[str, Any], link: Link) -> Judgment:
    """Read a judgment of more than two responses: a ranking of all, or ratings that put them in order."""
    n = len(link.response_ids)
    for name in ("verdict", "strength", "probability", "order"):
        if fields.get(name) is not None:
            raise Defect(
                "bad_judgment",
                f"{fields.column(name)!r} is {abridged(fields.get(name))}, which is about two responses, but {n} stand side "
                "by side; give a ranking of all, such as [b, [a, c]], or leave the column unread: "
                f"columns: {{{name}: null}}",
            )
    if said["ranking"] is None:
        rank = ranks_of_ratings(said["ratings"], link.response_ids)
        if rank is None:
            raise Defect(
                "bad_judgment",
                f"{fields.column('ranking')!r} is missing, and no ratings on which all {n} responses have one; give a "
                "ranking, best first, such as [b, [a, c]]",
            )
        fields.counted("rated_verdicts")
        said = said | in_order(rank)
    return _validated(said)


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


def _verdict(
    fields: Fields,
    said: dict[str, Any],
    rank: Mapping[str, int] | None,
    link: Link,
    defaults: Defaults,
) -> Verdict:
    ranked: dict[str, Verdict] = {}
    if rank:
        a, b = link.response_ids
        ranked[fields.column("ranking")] = verdict_of(rank[a], rank[b])
    if fields.get("verdict") is not None:
        verdict = parse_verdict(fields, defaults.verdicts, "bad_judgment")
        stated = {fields.column("verdict"): verdict, **ranked}
    else:
        implied = _implied(fields, said, defaults)
        stated = implied | ranked
        if ranked and not implied:
            fields.counted("ranked_verdicts")
    if len(set(stated.values())) > 1:
        raise _contradiction(stated)
    if stated:
        return next(iter(stated.values()))
    if (rated := verdict_of_ratings(said["ratings"], link.response_ids)) is not None:
        fields.counted("rated_verdicts")
        return rated
    return parse_verdict(fields, defaults.verdicts, "bad_judgment")


def _implied(fields: Fields, said: dict[str, Any], defaults: Defaults) -> dict[str, Verdict]:
    """Return what each column of a row without a verdict says about it."""
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


def swapped(judgment: Judgment) -> Judgment:
    """Return the same judgment of the same two responses once they have changed names."""
    said = judgment.model_dump(exclude={"judgment_id"})
    return Judgment.model_validate(
        {
            **said,
            "verdict": judgment.verdict and OTHER_VERDICT[judgment.verdict],
            "order": OTHER_ORDER[judgment.order] if judgment.order else None,
            "strength": None if judgment.strength is None else -judgment.strength,
            "probability": None if judgment.probability is None else 1 - judgment.probability,
        }
    )


def repeated(judgment: Judgment, occurrence: int) -> Judgment:
    """Return the same judgment as said once more, with an id of its own."""
    said = judgment.model_dump(exclude={"judgment_id"})
    return Judgment.model_validate({**said, "occurrence": occurrence})
