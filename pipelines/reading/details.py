"""What a ready judgment says beside its verdict: ratings, criteria and a ranking, told of the responses by their names."""

import math
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, get_args

from winnow.annotation.ratings import WHOLE
from winnow.pipelines.reading.defects import Defect, abridged, kind_of
from winnow.pipelines.reading.fields import Fields, check_text, is_missing
from winnow.pipelines.reading.links import Link
from winnow.schemas.judgments import CriterionAnswer, CriterionVerdict, Rating

_ANSWERS = get_args(CriterionAnswer)
_ONE_COLUMN = ("rating_a", "rating_b")


def says_more(fields: Fields) -> bool:
    """Tell whether a row holds ratings or a ranking, which stand for a verdict where an annotator is named."""
    is_rated = any(fields.get(name) is not None for name in _ONE_COLUMN)
    return is_rated or any(_brought(fields, name) is not None for name in ("ratings", "ranking"))


def parse_ratings(fields: Fields, link: Link, side: int | None = None) -> tuple[Rating, ...]:
    """Read `ratings`, and `rating_a` and `rating_b`, in an order that does not depend on how they are written.

    Args:
        fields: The row.
        link: The comparison with its responses.
        side: Place of the one response that is rated; None where all are.

    Raises:
        Defect: One cannot be read, or is given twice.
    """
    column, ids = fields.column("ratings"), link.response_ids
    found = list(_told(fields, "ratings", link, side, "{helpfulness: 4}", ("attribute", "score")))
    for i, name in enumerate(_ONE_COLUMN if side is None else ()):
        value = fields.get(name)
        if value is not None:
            found.append((i, WHOLE, value, {}))
    ratings = {}
    for i, attribute, value, _ in found:
        key = (ids[i], attribute)
        where = f"the rating {attribute!r} of {link.letter(i)} in {column!r}"
        if key in ratings:
            raise Defect("bad_judgment", f"{where} is given twice; leave one out")
        ratings[key] = Rating(response_id=ids[i], attribute=attribute, score=_number(value, where))
    return tuple(ratings[key] for key in sorted(ratings))


def parse_criteria(
    fields: Fields, link: Link, side: int | None = None
) -> tuple[CriterionVerdict, ...]:
    """Read `criteria`: yes, no or not_applicable by criterion; arguments and errors as of `parse_ratings`."""
    column, ids = fields.column("criteria"), link.response_ids
    verdicts = {}
    for i, criterion, value, more in _told(
        fields, "criteria", link, side, "{cites_a_source: yes}", ("criterion", "verdict")
    ):
        where = f"the criterion {criterion!r} of {link.letter(i)} in {column!r}"
        if (ids[i], criterion) in verdicts:
            raise Defect("bad_judgment", f"{where} is given twice; leave one out")
        evidence = more.get("evidence")
        verdicts[ids[i], criterion] = CriterionVerdict(
            response_id=ids[i],
            criterion_id=criterion,
            verdict=_answer(value, where),
            evidence=None if evidence is None else check_text(evidence, f"the evidence of {where}"),
        )
    return tuple(verdicts[key] for key in sorted(verdicts))


def parse_ranking(fields: Fields, link: Link) -> dict[str, int] | None:
    """Read `ranking`: all responses, best first, those that share a rank in a list of their own.

    Returns:
        Rank by response_id, 1 the best; None where there is no ranking.

    Raises:
        Defect: It does not hold each response once.
    """
    said = _brought(fields, "ranking")
    if said is None:
        return None
    where = repr(fields.column("ranking"))
    if not isinstance(said, list):
        raise Defect(
            "bad_judgment",
            f"{where} is {kind_of(said)}, wanted a list such as [b, a]; {_unread('ranking')}",
        )
    tiers = [tier if isinstance(tier, list) else [tier] for tier in said]
    places = [[link.place_of(word, f"a place in {where}") for word in tier] for tier in tiers]
    named = [place for tier in places for place in tier]
    if sorted(named) != list(range(len(link.response_ids))):
        all_of_them = (
            f"each of the {len(link.response_ids)} responses once"
            if link.is_group
            else "a and b once each"
        )
        raise Defect("bad_judgment", f"{where} holds {len(named)} places, wanted {all_of_them}")
    filled = [tier for tier in places if tier]
    return {link.response_ids[i]: rank for rank, tier in enumerate(filled, 1) for i in tier}


def parse_groups(fields: Fields) -> tuple[str, ...]:
    """Read the groups that the annotator belongs to: one name, or a list of them.

    Raises:
        Defect: One is no usable text.
    """
    said = fields.structure("annotator_groups")
    if said is None:
        return ()
    where = repr(fields.column("annotator_groups"))
    listed = said if isinstance(said, list) else [said]
    names = [check_text(name, where, "bad_judgment").strip() for name in listed]
    return tuple(name for name in names if name)


def _brought(fields: Fields, name: str) -> Any:
    """Return a list or object; None for a text or number in a column that only happens to be called so.

    Many files have columns such as `criteria`, with what a judge was told. Settings that name the column mean it.
    """
    value = fields.peek(name)
    is_nested = isinstance(value, list | dict) or (
        isinstance(value, str) and value.lstrip().startswith(("[", "{"))
    )
    return fields.structure(name) if is_nested or fields.is_mapped(name) else None


def _unread(name: str) -> str:
    return f"mend it, or leave the column unread: columns: {{{name}: null}}"


def _told(
    fields: Fields,
    name: str,
    link: Link,
    side: int | None,
    example: str,
    keys: tuple[str, str],
) -> Iterator[tuple[int, str, Any, Mapping[str, Any]]]:
    """Yield place, name, value and whatever else is said of each entry of a column.

    It is an object by response, then by name; a list of objects; or of one response alone an object by name.
    """
    said = _brought(fields, name)
    if said is None:
        return
    where = repr(fields.column(name))
    if isinstance(said, list):
        for entry in said:
            yield _listed(entry, where, link, side, keys, _unread(name))
        return
    if not isinstance(said, dict):
        wanted = example if side is not None else f"{{a: {example}, b: {example}}}"
        raise Defect(
            "bad_judgment",
            f"{where} is {kind_of(said)}, wanted {wanted} or a list; {_unread(name)}",
        )
    by_side = (
        [
            (link.place_of(word, f"a key of {where}", _unread(name)), of_it)
            for word, of_it in said.items()
        ]
        if side is None
        else [(side, said)]
    )
    for i, of_it in by_side:
        named = of_it if isinstance(of_it, dict) else {WHOLE: of_it}
        for key, value in named.items():
            if not is_missing(value):
                more = value if isinstance(value, dict) else {}
                yield i, check_text(key, where), more.get(keys[1], value), more


def _listed(
    entry: Any,
    where: str,
    link: Link,
    side: int | None,
    keys: tuple[str, str],
    way_out: str,
) -> tuple[int, str, Any, Mapping[str, Any]]:
    if not isinstance(entry, dict):
        raise Defect(
            "bad_judgment",
            f"{where} holds {kind_of(entry)}, wanted {{response: a, {keys[0]}: ..., {keys[1]}: ...}}; "
            f"{way_out}",
        )
    named = entry.get(keys[0])
    if named is None or entry.get(keys[1]) is None:
        lacking = keys[0] if named is None else keys[1]
        raise Defect("bad_judgment", f"an entry of {where} lacks {lacking!r}; {way_out}")
    known = entry.get("response")
    i = side
    if i is None or known is not None:
        i = link.place_of(known, f"'response' in {where}")
    if side is not None and i != side:
        raise Defect("bad_judgment", f"{where} speaks of the response that was not judged")
    return i, check_text(named, f"{keys[0]!r} in {where}", "bad_judgment"), entry[keys[1]], entry


def _number(value: Any, where: str) -> float:
    number = math.nan
    if isinstance(value, int | float | Decimal | str) and not isinstance(value, bool):
        try:
            number = float(value)
        except (ValueError, OverflowError):
            number = math.nan
    if not math.isfinite(number):
        raise Defect("bad_judgment", f"{where} is {abridged(value)}, wanted a number")
    return number


def _answer(value: Any, where: str) -> CriterionAnswer:
    if isinstance(value, bool):
        return "yes" if value else "no"
    for answer in _ANSWERS:
        if value == answer:
            return answer
    raise Defect(
        "bad_judgment",
        f"{where} is {abridged(value)}, wanted true, false or one of {', '.join(_ANSWERS)}",
    )
