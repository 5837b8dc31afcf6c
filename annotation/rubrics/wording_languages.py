"""Signs of praise and of sides in criteria that are not in English, and what of a criterion's wording is looked at at all."""

import re
from typing import Literal, NamedTuple

from winnow.annotation.rubrics.quotes import fold, words_in

Checked = Literal["all", "praise_and_sides", "nothing"]
"""What is looked for: of English all, of German, French and Spanish words of praise and sides, of others nothing but quotes and leaks."""


class _Language(NamedTuple):
    """What criteria in one language are told by."""

    function: frozenset[str]
    """Words that stand in nearly every sentence."""

    nothing: frozenset[str]
    """Words of which a criterion that names nothing is made, beside those."""

    sides: re.Pattern[str]
    """What speaks of one of two responses; of folded text."""


def _words(text: str) -> frozenset[str]:
    return frozenset(words_in(text))


_ENGLISH = _words(
    "the a an is are of to for in on at with from and or not no must should each any every its it that which says states gives names "
    "cites uses avoids explains lists does answers keeps mentions includes"
)
_GERMAN = _Language(
    _words(
        "der die das den dem des ein eine einen einem einer ist sind und oder nicht kein keine sehr mehr mit von vom zu zum zur für auf "
        "im in an wie als auch dass es sie er ihre seine alle jede jeder jedes soll muss kann wird werden"
    ),
    _words(
        "antwort antworten text inhalt frage fragen nutzer nutzers nutzerin benutzer person anfrage aufgabe gibt geben gut gute guten "
        "guter gutes besser bessere beste bester hilfreich hilfreiche nützlich nützliche qualität hohe hoher hochwertig ausgezeichnet "
        "passend passende angemessen angemessene geeignet richtig wirksam erfüllt beantwortet"
    ),
    re.compile(
        r"\b(?:erste|zweite|andere|bessere|schlechtere|bevorzugte|abgelehnte|gewählte|beste)[nrs]? (?:antwort|erwiderung)\b"
        r"|\bals die (?:andere|erste|zweite)\b|\bbeide[nr]? (?:antworten|erwiderungen)\b"
    ),
)
_FRENCH = _Language(
    _words(
        "le la les un une des du de au aux à en dans sur pour par avec et ou ne pas très plus tout toute tous toutes chaque il elle son sa "
        "ses que qui ce cette est sont doit peut"
    ),
    _words(
        "réponse réponses texte contenu question questions utilisateur utilisateurs demande tâche donne bon bonne bons bonnes meilleur "
        "meilleure utile utiles qualité haute excellent excellente adaptée appropriée convenable satisfait répond efficace"
    ),
    re.compile(
        r"\b(?:première|deuxième|seconde|autre|meilleure|pire|moins bonne) réponse\b"
        r"|\bréponse (?:préférée|rejetée|choisie|gagnante|perdante)\b|\bque l'autre\b|\bles deux réponses\b"
    ),
)
_SPANISH = _Language(
    _words(
        "el la los las un una unos unas es son de del al a en por para con y o no muy más todo toda cada su sus que este esta debe puede"
    ),
    _words(
        "respuesta respuestas texto contenido pregunta preguntas usuario usuarios solicitud tarea da bueno buena buenos buenas mejor mejores "
        "útil útiles calidad alta excelente adecuada apropiada satisface responde efectiva"
    ),
    re.compile(
        r"\b(?:primera|segunda|otra|mejor|peor) respuesta\b"
        r"|\brespuesta (?:preferida|rechazada|elegida|ganadora|perdedora)\b|\bque la otra\b|\b(?:ambas|las dos) respuestas\b"
    ),
)
_OTHERS = (_GERMAN, _FRENCH, _SPANISH)
# "La réponse a une source" and "una respuesta a la pregunta" speak of no response A, so that the capital counts.
_LETTER = re.compile(r"\b(?:[Aa]ntwort|[Rr]éponse|[Rr]espuesta) [AB12]\b")
_ELIDED = re.compile(r"^(?:l|d|qu|n|s|j|c)'")


def praises_alone(text: str) -> bool:
    """Say whether a criterion in German, French or Spanish says no more than that a response is good."""
    words = [_ELIDED.sub("", word) for word in words_in(text)]
    return bool(words) and any((one.function | one.nothing).issuperset(words) for one in _OTHERS)


def side_in(text: str) -> str | None:
    """Return the words by which a criterion in German, French or Spanish speaks of one of two responses; None where it has none."""
    found = _LETTER.search(text)
    plain = fold(text)
    for one in _OTHERS:
        found = found or one.sides.search(plain)
    return found[0] if found else None


def checked(text: str) -> Checked:
    """Say what of a criterion's wording is looked for, by the language whose common words it has most of."""
    words = [_ELIDED.sub("", word) for word in words_in(text)]
    in_english = sum(word in _ENGLISH for word in words)
    in_other = max(sum(word in one.function for word in words) for one in _OTHERS)
    if in_other > in_english:
        return "praise_and_sides"
    if in_english or all(word.isascii() for word in words):
        return "all"
    return "nothing"


def not_checked_words(text: str) -> str:
    """Say which signs were not looked for in a criterion; "" where all were."""
    return {
        "all": "",
        "praise_and_sides": "joined demands not checked: they are looked for in English alone",
        "nothing": "praise, joined demands and sides not checked: its language is not known",
    }[checked(text)]
