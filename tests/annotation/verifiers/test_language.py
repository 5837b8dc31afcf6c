import pytest

from tests.annotation.toy import respond, view
from winnow.annotation.languages import asks_for_another, is_same, language_of
from winnow.annotation.verifier import Finding
from winnow.annotation.verifiers import LanguageVerifier
from winnow.schemas.prompts import Message, Prompt

ENGLISH = "Rivers carry salt from the rocks down to the sea."
GERMAN = "Die Flüsse tragen das Salz aus den Gesteinen ins Meer."
SPANISH = "Los ríos llevan la sal de las rocas hasta el mar."
CODE = "```python\ndef salt(river):\n    return sum(river.rocks) / river.length\n```"


def asked(question: str = "Why is the sea as salty as it is?", **more: object) -> Prompt:
    messages = (Message(role="user", content=question),)
    return Prompt.model_validate({"messages": messages, "source": "toy", **more})


def found(text: str, prompt: Prompt, verifier: LanguageVerifier | None = None) -> Finding:
    return (verifier or LanguageVerifier()).examine(prompt, respond(prompt, text))


@pytest.mark.parametrize(
    "prompt", [asked(), asked("?", language="en-GB"), asked("¿Por qué?", language="EN")]
)
def test_the_language_of_the_prompt_is_wanted(prompt: Prompt) -> None:
    right, wrong = found(ENGLISH, prompt), found(GERMAN, prompt)
    assert (right.score, right.failed, right.extracted) == (1.0, (), "en")
    assert (wrong.score, wrong.failed, wrong.extracted) == (0.0, ("other_language",), "de")


def test_the_settings_may_want_another() -> None:
    verifier = LanguageVerifier(language="es")
    assert [found(t, asked(), verifier).score for t in (SPANISH, ENGLISH)] == [1.0, 0.0]


@pytest.mark.parametrize(
    "text",
    ["", "OK.", "42", "NaCl", CODE, f"{CODE}\nOK", "https://example.org/die/das/und/der/fluss"],
)
def test_short_texts_and_code_alone_have_no_result(text: str) -> None:
    one = found(text, asked())
    assert (one.score, one.status) == (None, "error")
    assert one.reason == "its language cannot be told: too short, code, or several"


def test_code_in_an_answer_does_not_change_its_language() -> None:
    assert (
        found(f"{GERMAN}\n{CODE}\n`for x in the_list: and so on and on`", asked()).extracted == "de"
    )


@pytest.mark.parametrize(
    "question",
    [
        "Translate this sentence: the sea is salt.",
        "Why is the sea salt? Answer in French, please.",
        "Schreibe ein Gedicht auf Englisch über das Meer.",
        "请把这句话翻译成英文:大海是咸的。",
        "Sea?",
    ],
)
def test_where_another_language_may_be_asked_for_none_is_wanted(question: str) -> None:
    assert found(GERMAN, asked(question)).status == "measured"
    assert found(GERMAN, asked(question)).score is None


def test_a_question_that_names_a_country_names_no_language() -> None:
    assert not asks_for_another("Why do people in England drink tea in the afternoon?")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (ENGLISH, "en"),
        (GERMAN, "de"),
        (SPANISH, "es"),
        ("Les rivières apportent le sel des roches jusqu'à la mer.", "fr"),
        ("Реки приносят в море соль из горных пород.", "ru"),
        ("河流把岩石中的盐分带到大海里，所以海水是咸的。", "zh"),
        ("川が岩から塩を海に運ぶので、海は塩辛いです。", "ja"),
        ("강물이 바위에서 소금을 바다로 실어 나릅니다.", "ko"),
        ("تحمل الأنهار الملح من الصخور إلى البحر.", "ar"),
        ("नदियाँ चट्टानों से नमक समुद्र तक ले जाती हैं।", "hi"),
    ],
)
def test_languages_of_one_sentence_are_told(text: str, code: str) -> None:
    told = language_of(text, min_chars=20, min_confidence=0.5)
    assert told is not None and told.code == code


def test_neighbours_that_no_machine_tells_apart_are_one() -> None:
    assert is_same("nb", "da") and is_same("sr-Latn", "hr") and is_same("pt_BR", "pt")
    assert not is_same("en", "de")


def test_the_right_language_wins() -> None:
    pair = view(GERMAN, ENGLISH, messages=asked().messages)
    verifier = LanguageVerifier()
    a, b = (verifier.examine(pair.prompt, one) for one in (pair.a, pair.b))
    assert [verifier.compare(*both).verdict for both in ((a, b), (b, a), (b, b))] == ["b", "a", "tie"]  # fmt: skip
    assert verifier.compare(a, b).rationale == "language: a 0 (de), b 1 (en)"


@pytest.mark.parametrize("tag", ["English", "deu", ""])
def test_a_language_that_cannot_be_told_is_refused(tag: str) -> None:
    said = f"language is '{tag}', which is no language that can be told; known ones: ace, af, "
    with pytest.raises(ValueError, match=said):
        LanguageVerifier(language=tag)


def test_a_prompt_in_a_language_that_cannot_be_told_wants_none() -> None:
    assert found(GERMAN, asked(language="tlh")).score is None
