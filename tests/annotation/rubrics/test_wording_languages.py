"""Criteria that are not in English."""

import pytest

from winnow.annotation.rubrics.wording import fault_in
from winnow.annotation.rubrics.wording_languages import checked, not_checked_words


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Die Antwort ist gut.", "tautology"),
        ("Ist hilfreich und von hoher Qualität", "tautology"),
        ("La réponse est utile et de bonne qualité.", "tautology"),
        ("Répond à la question de l'utilisateur.", "tautology"),
        ("La respuesta es buena y útil.", "tautology"),
        ("Die bessere Antwort nennt eine Quelle.", "bound_to_example"),
        ("Nennt mehr Quellen als die andere.", "bound_to_example"),
        ("Antwort B nennt eine Quelle.", "bound_to_example"),
        ("La première réponse cite une source.", "bound_to_example"),
        ("Cite plus de sources que l’autre.", "bound_to_example"),
        ("La réponse A cite une source.", "bound_to_example"),
        ("La mejor respuesta cita una fuente.", "bound_to_example"),
        ("La respuesta B cita una fuente.", "bound_to_example"),
    ],
)
def test_praise_and_sides_are_found_in_german_french_and_spanish(text: str, reason: str) -> None:
    fault = fault_in(text)
    assert fault is not None
    assert fault.reason == reason


@pytest.mark.parametrize(
    "text",
    [
        "Nennt die Einheit.",
        "Nennt beide Parteien und die erste Wahl.",
        "La réponse a une source.",
        "Cite une source pour chaque chiffre.",
        "Da una respuesta a la pregunta con una fuente.",
        "Cita una fuente.",
        "回答引用了来源。",
    ],
)
def test_what_names_something_passes(text: str) -> None:
    assert fault_in(text) is None


def test_what_was_not_looked_for_is_said_and_does_not_count_as_passed() -> None:
    assert (checked("States the unit of each figure."), not_checked_words("Helpfulness")) == (
        "all",
        "",
    )
    assert checked("Nennt die Einheit und gibt eine Quelle an.") == "praise_and_sides"
    assert not_checked_words("Cite une source.").startswith("joined demands not checked")
    assert not_checked_words("回答引用了来源。").startswith(
        "praise, joined demands and sides not checked"
    )
    assert checked("Называет источник.") == "nothing"
