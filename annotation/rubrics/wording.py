"""What is wrong with a criterion as it is written, before anybody has judged by it."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from winnow.annotation.rubrics.quotes import fold, shares_run, words_in
from winnow.annotation.rubrics.wording_languages import praises_alone, side_in
from winnow.schemas.rubrics import Refused

MOST_IN_A_ROW = 8
"""A criterion with so many words in a row of a response or a reference is about that one text."""

_FUNCTION = words_in(
    "a an the this that these those it its is are be was does do did has have had should must shall will can could would may "
    "of to for in on at by with from as and or not no very most more much so well fully really properly overall all any every "
    "each way what which who whom whose you your he she they their them his her"
)
_ANYTHING = words_in(
    "response responses answer answers answered answering reply replies output text content assistant model user users "
    "person people reader question questions prompt prompts request requests requested asked ask asks task instruction "
    "instructions need needs given gives give provides provide providing"
)
_PRAISE = words_in(
    "good better best great excellent high higher highest quality helpful helpfulness helps help useful usefulness superior "
    "satisfying satisfactory adequate appropriate suitable preferred preferable chosen winning ideal optimal effective "
    "effectively strong stronger right proper like liked meets meet fulfills fulfils fulfill fulfil satisfies satisfy "
    "addresses address follows follow handles handle"
)
_NAMES_NOTHING = frozenset((*_FUNCTION, *_ANYTHING, *_PRAISE))

_VERBS = (
    "is are has have does gives? states? names? cites? explains? uses? avoids? includes? mentions? provides? lists? describes? "
    "contains? follows? keeps? shows? answers? asks? address(?:es)? offers? identif(?:y|ies) says? ends? begins? starts? "
    "writes? refuses? admits? warns? quotes? links? makes? tells? computes? calculates? remains? stays? omits? defines? "
    "compares? summari[sz]es? supports? recommends? suggests? acknowledges? checks? ensures? covers? presents? specif(?:y|ies) "
    "must should may cannot"
).replace(" ", "|")
# "Dates and names for each king" names no king.
_AS_NOUN = (
    r"(?:names|uses|shows|states|links|quotes|lists|checks|offers|covers|answers|asks|starts|ends|supports) "
    r"(?:of|for|from|by|between|about)\b"
)
# Several demands joined: "States the unit and cites a source", not "names and dates of the kings".
_JOINED = re.compile(
    rf"(?:\band\b|\bas well as\b|\bwhile also\b|\bbut also\b|;)\s+(?:then |also |it |\w+ly )*"
    rf"(?!{_AS_NOUN})(?P<verb>{_VERBS})\s+(?!of\b)\w"
)
_SENTENCE = re.compile(r"(?<=[.!?;])(?<!\be\.g\.)(?<!\bi\.e\.)\s+(?=\S)")
_DEMAND = re.compile(rf"\b(?:{_VERBS})\b")
_ABBREVIATED = re.compile(r"\b(?:dr|mr|mrs|ms|prof|st|mt|vs|approx|ca|cf|fig|jr|sr|\w)\.$")
_EXAMPLE = re.compile(
    r"^(?:e\.?\s?g\b|i\.?\s?e\b|for (?:example|instance)|such as|that is\b|not just\b)"
)

# What a criterion cannot speak of that has to hold for one response by itself.
_BOUND = re.compile(
    r"\b(?:response|answer|reply|assistant|output)s? (?:[ab12]|one|two|first|second)\b"
    r"|\b(?:first|second|other|former|latter|chosen|rejected|winning|losing|preferred|better|worse) "
    r"(?:response|answer|reply|output)s?\b"
    r"|\b(?:rejected|winning|losing|better|worse) one\b"
    r"|\bthan the (?:other|first|second|rejected|chosen)\b|\bboth (?:responses|answers|replies)\b"
)


class Fault(NamedTuple):
    """Why a criterion is refused."""

    reason: Refused
    """The reason by name."""

    detail: str
    """What was found, in words."""


def fault_in(
    text: str,
    *,
    responses: Sequence[str] = (),
    reference: str | None = None,
    asked: str = "",
    names: Iterable[str] = (),
) -> Fault | None:
    """Return what is wrong with a criterion, the first that is found; None where nothing is.

    Words of praise and sides are known in English, German, French and Spanish, joined demands in English alone: what was not looked for
    in a criterion says `winnow.annotation.rubrics.wording_languages.not_checked_words`.

    Args:
        text: The criterion.
        responses: The responses that it was drawn from.
        reference: An answer known to be good, which no judge may read from a criterion.
        asked: What was asked.
        names: Proper names of the example that a criterion for other prompts may not speak of.
    """
    words = words_in(text)
    if not any(any(map(str.isalpha, word)) for word in words):
        return Fault("empty", f"it says nothing: {text!r}")
    if _NAMES_NOTHING.issuperset(word.removesuffix("'s") for word in words) or praises_alone(text):
        return Fault("tautology", f"it says no more than that a response is good: {text!r}")
    plain = fold(text)
    if found := _BOUND.search(plain):
        return Fault("bound_to_example", f"it speaks of {found[0]!r}, which is no single response")
    if side := side_in(text):
        return Fault("bound_to_example", f"it speaks of {side!r}, which is no single response")
    if name := next((n for n in sorted(names) if f" {fold(n)} " in f" {' '.join(words)} "), None):
        return Fault("bound_to_example", f"it names {name!r} of one example")
    if reference is not None and (leak := _leaked(text, reference, asked)):
        return Fault("leaks_reference", f"it gives the reference answer away: {leak!r}")
    for response in responses:
        run = shares_run(text, response, MOST_IN_A_ROW)
        if run and not shares_run(run, asked, MOST_IN_A_ROW):
            return Fault(
                "bound_to_example", f"{MOST_IN_A_ROW} words in a row are a response's: {run!r}"
            )
    if joint := _joint(text):
        return Fault("compound", f"it asks for several things: {joint!r}")
    return None


def names_in(text: str) -> frozenset[str]:
    """List the proper names of a text as far as capitals show them: words within a sentence that begin with one."""
    found = set[str]()
    for sentence in re.split(r"[.!?:;\n]\s*|[\"'“”(]", text):
        later = " ".join(sentence.split()[1:])
        found.update(re.findall(r"(?<![\w'])[A-Z][\w-]*[a-z][\w-]*", later))
    return frozenset(found)


def _leaked(text: str, reference: str, asked: str) -> str | None:
    """Return the words of a reference that a criterion holds and the prompt does not."""
    words = words_in(reference)
    if not words:
        return None
    n = min(len(words), MOST_IN_A_ROW)
    run = shares_run(text, reference, n)
    if run is None or shares_run(run, asked, n):
        return None
    # Words such as "no" or "a" stand in nearly every criterion.
    is_short = len(words) < 2 or _NAMES_NOTHING.issuperset(words)
    return run if not is_short or any(map(str.isdigit, run)) or _names(text, run) else None


def _names(text: str, run: str) -> bool:
    """Say whether one of some words stands in a text as a name, or as a letter such as the A of a choice."""
    letters = re.findall(r"(?<=\w )[A-Z]\b(?!')", text)
    names = {fold(name) for name in (*names_in(text), *letters)}
    return not names.isdisjoint(run.split())


def _sentences(text: str) -> list[str]:
    """Take a text apart into sentences; none ends behind an abbreviation or an initial."""
    found: list[str] = []
    for part in _SENTENCE.split(text):
        if found and _ABBREVIATED.search(found[-1]):
            found[-1] = f"{found[-1]} {part}"
        else:
            found.append(part)
    return found


def _joint(text: str) -> str | None:
    """Return where a criterion asks for a second thing; None where it asks for one."""
    plain = fold(text)
    if plain.count("?") > 1:
        return text
    if found := _JOINED.search(plain):
        return found[0]
    _, *later = _sentences(plain)
    return next((one for one in later if not _EXAMPLE.match(one) and _DEMAND.search(one)), None)
