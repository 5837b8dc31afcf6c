"""Each type of constraint, by the id that data sets give it: a pure function of the response.

Source: Zhou et al. 2023, "Instruction-Following Evaluation for Large Language Models", arXiv:2311.07911, whose ids and arguments
these are; where words and sentences are counted, it is by `winnow.annotation.constraints.counting`.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from winnow.annotation.constraints.counting import paragraphs_of, sentences_of, words_of
from winnow.annotation.constraints.languages import language_of

Check = Callable[[str, Mapping[str, Any]], bool]


class CannotCheck(Exception):
    """A constraint that came to no result: unknown, with arguments that are missing or wrong, or on a text that nobody can tell."""


class ConstraintType(NamedTuple):
    """One type of constraint."""

    needs: tuple[str, ...]
    """Arguments that it cannot do without."""

    check: Check
    """Says whether a text meets it."""


def meets(text: str, constraint_id: str, arguments: Mapping[str, Any]) -> bool:
    """Say whether a text meets a constraint; an empty one meets none.

    Raises:
        CannotCheck: There is no such constraint, its arguments are no good, or it cannot be told of this text.
    """
    found = checked(constraint_id, arguments)
    if not text.strip():
        return False
    try:
        return found.check(text, {k: v for k, v in arguments.items() if v is not None})
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise CannotCheck(f"{constraint_id}: {error}") from error


def checked(constraint_id: str, arguments: Mapping[str, Any]) -> ConstraintType:
    """Find the type of a constraint whose arguments are all there; raises `CannotCheck`."""
    found = CONSTRAINTS.get(constraint_id)
    if found is None:
        raise CannotCheck(f"no constraint named {constraint_id!r}")
    missing = [name for name in found.needs if arguments.get(name) is None]
    if missing:
        raise CannotCheck(f"{constraint_id} lacks {', '.join(missing)}")
    return found


def variants(text: str) -> list[str]:
    """List the eight variants of which the loose verdict takes the best: with and without first line, last line, asterisks."""
    lines = text.split("\n")
    cuts = [text, "\n".join(lines[1:]), "\n".join(lines[:-1]), "\n".join(lines[1:-1])]
    bare = [cut.strip() for cut in cuts[1:]]
    whole = [text, *bare]
    return [*whole, *(one.replace("*", "") for one in whole)]


def _holds(count: int, relation: str, wanted: Any) -> bool:
    number = int(wanted)
    relations = {
        "at least": count >= number,
        "at most": count <= number,
        "less than": count < number,
        "more than": count > number,
        "exactly": count == number,
    }
    if relation not in relations:
        raise ValueError(f"relation is {relation!r}, wanted one of {', '.join(relations)}")
    return relations[relation]


def _terms(value: Any) -> list[str]:
    terms = [value] if isinstance(value, str) else list(value)
    if not terms or not all(isinstance(term, str) and term.strip() for term in terms):
        raise ValueError("wanted words")
    return terms


def _says(text: str, term: str) -> int:
    return text.casefold().count(term.casefold())


def _has_keywords(text: str, given: Mapping[str, Any]) -> bool:
    return all(_says(text, term) for term in _terms(given["keywords"]))


def _has_keyword_often(text: str, given: Mapping[str, Any]) -> bool:
    (keyword,) = _terms(given["keyword"])
    return _holds(_says(text, keyword), given.get("relation", "at least"), given["frequency"])


def _has_no_forbidden(text: str, given: Mapping[str, Any]) -> bool:
    return not any(
        re.search(rf"(?<!\w){re.escape(term)}(?!\w)", text, re.IGNORECASE)
        for term in _terms(given["forbidden_words"])
    )


def _has_letter_often(text: str, given: Mapping[str, Any]) -> bool:
    letter = str(given["letter"])
    if len(letter) != 1:
        raise ValueError(f"letter is {letter!r}, wanted one")
    return _holds(_says(text, letter), given.get("let_relation", "at least"), given["let_frequency"])  # fmt: skip


def _is_in_language(text: str, given: Mapping[str, Any]) -> bool:
    found = language_of(text)
    if found is None:
        raise CannotCheck("language:response_language: the language of the response is not beyond doubt")  # fmt: skip
    return found == str(given["language"]).split("-")[0].lower()


def _has_sentences(text: str, given: Mapping[str, Any]) -> bool:
    count = len(sentences_of(text))
    return _holds(count, given.get("relation", "at least"), given["num_sentences"])


def _has_words(text: str, given: Mapping[str, Any]) -> bool:
    return _holds(len(words_of(text)), given.get("relation", "at least"), given["num_words"])


def _has_paragraphs(text: str, given: Mapping[str, Any]) -> bool:
    parts = [part.strip() for part in re.split(r"\s?\*\*\*\s?", text)]
    if parts and not parts[0]:
        parts = parts[1:]
    if parts and not parts[-1]:
        parts = parts[:-1]
    return all(parts) and len(parts) == int(given["num_paragraphs"])


def _begins_paragraph(text: str, given: Mapping[str, Any]) -> bool:
    parts, nth = paragraphs_of(text), int(given["nth_paragraph"])
    if nth < 1:
        raise ValueError(f"nth_paragraph is {nth}, wanted 1 or more")
    if len(parts) != int(given["num_paragraphs"]) or nth > len(parts):
        return False
    first = parts[nth - 1].split()[0].strip("\"'“”‘’*_.,!?:;()")
    return first.casefold() == str(given["first_word"]).strip().casefold()


def _has_placeholders(text: str, given: Mapping[str, Any]) -> bool:
    return len(re.findall(r"\[[^\[\]\n]+\]", text)) >= int(given["num_placeholders"])


def _has_postscript(text: str, given: Mapping[str, Any]) -> bool:
    letters = re.sub(r"[^a-z]", "", str(given["postscript_marker"]).lower())
    if not letters:
        raise ValueError(f"postscript_marker is {given['postscript_marker']!r}")
    marker = r"\.?\s?".join(letters)
    return re.search(rf"^[ \t*_]*{marker}\b[.:]?[ \t*_]*\S", text, re.IGNORECASE | re.MULTILINE) is not None  # fmt: skip


def _has_bullets(text: str, given: Mapping[str, Any]) -> bool:
    found = re.findall(r"^[ \t]*(?:\*(?!\*)|-(?!-))[ \t]*\S", text, re.MULTILINE)
    return len(found) == int(given["num_bullets"])


def _is_one_of_three(text: str, given: Mapping[str, Any]) -> bool:
    return sum(f"My answer is {word}." in text for word in ("yes", "no", "maybe")) == 1


def _has_highlights(text: str, given: Mapping[str, Any]) -> bool:
    found = re.findall(r"(?<![\w*])(\*{1,2})(?![\s*])[^\n*]*[^\s*]\1(?!\*)", text)
    return len(found) >= int(given["num_highlights"])


def _has_sections(text: str, given: Mapping[str, Any]) -> bool:
    (splitter,) = _terms(given["section_spliter"])
    parts = re.split(rf"\s?{re.escape(splitter.strip())}\s?\d+\s?", text)
    return len(parts) - 1 >= int(given["num_sections"])


def _is_json(text: str, given: Mapping[str, Any]) -> bool:
    bare = re.sub(r"^\s*```(?:json)?\s*\n?|\n?\s*```\s*$", "", text, flags=re.IGNORECASE)
    try:
        json.loads(bare)
    except (ValueError, RecursionError):
        return False
    return True


def _has_title(text: str, given: Mapping[str, Any]) -> bool:
    return any(found.strip("<> \t") for found in re.findall(r"<<([^\n<>]{1,500})>>", text))


def _is_two_responses(text: str, given: Mapping[str, Any]) -> bool:
    parts = [part.strip() for part in text.split("******")]
    inner = [part for i, part in enumerate(parts) if part or i not in (0, len(parts) - 1)]
    return len(inner) == 2 and all(inner) and inner[0] != inner[1]


def _repeats_prompt(text: str, given: Mapping[str, Any]) -> bool:
    asked = str(given["prompt_to_repeat"]).strip().casefold()
    return bool(asked) and text.strip().casefold().startswith(asked)


def _ends_with(text: str, given: Mapping[str, Any]) -> bool:
    (phrase,) = _terms(given["end_phrase"])
    return text.strip().strip('"').casefold().endswith(phrase.strip().casefold())


def _has_capitals_often(text: str, given: Mapping[str, Any]) -> bool:
    count = sum(word.isupper() for word in words_of(text))
    return _holds(count, given.get("capital_relation", "at least"), given["capital_frequency"])


def _is_capital(text: str, given: Mapping[str, Any]) -> bool:
    return text.isupper()


def _is_lowercase(text: str, given: Mapping[str, Any]) -> bool:
    return text.islower()


def _has_no_comma(text: str, given: Mapping[str, Any]) -> bool:
    return not set(",，、،") & set(text)


def _is_quoted(text: str, given: Mapping[str, Any]) -> bool:
    bare = text.strip()
    return len(bare) > 2 and (bare[0], bare[-1]) in (('"', '"'), ("“", "”"))


def _type(check: Check, *needs: str) -> ConstraintType:
    return ConstraintType(needs, check)


CONSTRAINTS: Mapping[str, ConstraintType] = {
    "keywords:existence": _type(_has_keywords, "keywords"),
    "keywords:frequency": _type(_has_keyword_often, "keyword", "frequency"),
    "keywords:forbidden_words": _type(_has_no_forbidden, "forbidden_words"),
    "keywords:letter_frequency": _type(_has_letter_often, "letter", "let_frequency"),
    "language:response_language": _type(_is_in_language, "language"),
    "length_constraints:number_sentences": _type(_has_sentences, "num_sentences"),
    "length_constraints:number_paragraphs": _type(_has_paragraphs, "num_paragraphs"),
    "length_constraints:number_words": _type(_has_words, "num_words"),
    "length_constraints:nth_paragraph_first_word": _type(
        _begins_paragraph, "num_paragraphs", "nth_paragraph", "first_word"
    ),
    "detectable_content:number_placeholders": _type(_has_placeholders, "num_placeholders"),
    "detectable_content:postscript": _type(_has_postscript, "postscript_marker"),
    "detectable_format:number_bullet_lists": _type(_has_bullets, "num_bullets"),
    "detectable_format:constrained_response": _type(_is_one_of_three),
    "detectable_format:number_highlighted_sections": _type(_has_highlights, "num_highlights"),
    "detectable_format:multiple_sections": _type(_has_sections, "section_spliter", "num_sections"),
    "detectable_format:json_format": _type(_is_json),
    "detectable_format:title": _type(_has_title),
    "combination:two_responses": _type(_is_two_responses),
    "combination:repeat_prompt": _type(_repeats_prompt, "prompt_to_repeat"),
    "startend:end_checker": _type(_ends_with, "end_phrase"),
    "startend:quotation": _type(_is_quoted),
    "change_case:capital_word_frequency": _type(_has_capitals_often, "capital_frequency"),
    "change_case:english_capital": _type(_is_capital),
    "change_case:english_lowercase": _type(_is_lowercase),
    "punctuation:no_comma": _type(_has_no_comma),
}
"""The types of constraints by id."""


def constraints_from(ids: Any, arguments: Any) -> Sequence[tuple[str, Mapping[str, Any]]]:
    """Read a prompt's constraints as IFEval rows hold them: a list of ids, and a list of as many objects of arguments.

    Args:
        ids: `instruction_id_list`, or its JSON text.
        arguments: `kwargs`, or its JSON text; arguments that are null are left out. None where no id needs any.

    Raises:
        CannotCheck: They are no such lists, or of different lengths.
    """
    ids, arguments = (_loaded(value) for value in (ids, arguments))
    if isinstance(ids, str):
        ids = [ids]
    arguments = [{}] * len(ids or ()) if arguments is None else arguments
    if isinstance(arguments, Mapping):
        arguments = [arguments]
    if not isinstance(ids, list) or not isinstance(arguments, list) or len(ids) != len(arguments):
        raise CannotCheck("wanted a list of constraint ids, and a list of as many objects of arguments")  # fmt: skip
    given = [_loaded(one) or {} for one in arguments]
    if not all(isinstance(one, Mapping) for one in given):
        raise CannotCheck("arguments of a constraint are no object")
    return [
        (str(i), {k: v for k, v in one.items() if v is not None})
        for i, one in zip(ids, given, strict=True)
    ]


def _loaded(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in "[{":
        try:
            return json.loads(value)
        except (ValueError, RecursionError) as error:
            raise CannotCheck(f"no JSON: {value[:60]!r}") from error
    return value
