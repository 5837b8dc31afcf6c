import json
import random

import pytest

from tests.annotation.toy import respond, view
from winnow.annotation.verifier import Finding
from winnow.annotation.verifiers import PromptRelevance, ReferenceSimilarity
from winnow.annotation.verifiers.references import references_of
from winnow.annotation.verifiers.similarities import similarity
from winnow.schemas.prompts import Message, Prompt

ASKED = (
    "Why do leaves of many trees turn yellow and red in autumn, although they are green in summer?"
)
REFERENCE = (
    "In autumn, trees stop making chlorophyll, the green pigment, because days become shorter and colder. As it breaks down, "
    "yellow carotenoids that were there all along become visible, and some trees make red anthocyanins."
)
GOOD = (
    "Trees stop making chlorophyll when the days become shorter. The green fades as it breaks down, so yellow pigments that "
    "were always there show through, and some trees make red ones as well."
)
PADDING = "I hope that this helps you a lot with your work and that you will come back to ask me more about it. "


def shuffled(text: str) -> str:
    words = text.split()
    random.Random(0).shuffle(words)
    return " ".join(words)


TRICKS = {
    "copies the question": ASKED,
    "copies it twice": f"{ASKED} {ASKED}",
    "copies it with a word of its own": f"You ask: {ASKED} A very good question.",
    "pads": GOOD + PADDING * 4,
    "pads the reference": REFERENCE + " Trees grow in forests all over the world and give shade and fruit." * 5,
    "repeats the reference": f"{REFERENCE} " * 4,
    "repeats a word": "chlorophyll " * 40,
    "lists words of the reference": "autumn trees chlorophyll green pigment yellow carotenoids red anthocyanins days shorter colder",
    "shuffles the reference": shuffled(REFERENCE),
    "shuffles a good answer": shuffled(GOOD),
    "says nothing": "",
}  # fmt: skip


def prompt(reference: str | None = REFERENCE, **more: object) -> Prompt:
    messages = (Message(role="user", content=ASKED),)
    return Prompt.model_validate(
        {"messages": messages, "reference": reference, "source": "toy", **more}
    )


def found(verifier: ReferenceSimilarity | PromptRelevance, *texts: str, **of: object) -> list[Finding]:  # fmt: skip
    asked = prompt(**of)  # type: ignore[arg-type]
    return list(verifier.examine_all(asked, [respond(asked, text) for text in texts]))


def scores(verifier: ReferenceSimilarity | PromptRelevance, *texts: str, **of: object) -> list[float]:  # fmt: skip
    return [one.score or 0.0 for one in found(verifier, *texts, **of)]


@pytest.mark.parametrize("measure", ["rouge_1", "rouge_2", "rouge_l", "bleu", "chrf", "embeddings"])
def test_no_trick_beats_a_plain_good_answer(measure: str) -> None:
    verifier = ReferenceSimilarity.model_validate({"measure": measure})
    good, *others = scores(verifier, GOOD, *TRICKS.values())
    assert {name for name, score in zip(TRICKS, others, strict=True) if score >= good} == set()


def test_without_guards_a_trick_may_win() -> None:
    verifier = ReferenceSimilarity(measure="embeddings", guarded=False)
    good, repeated = scores(verifier, GOOD, TRICKS["repeats the reference"])
    assert repeated > good


def test_embeddings_know_other_words_for_the_same() -> None:
    said = "Once daylight dwindles, plants no longer renew their green colouring, and hidden yellows show."
    wrong = "In summer, many tourists turn red because they stay on green lawns for days."
    plain, learned = (
        ReferenceSimilarity.model_validate({"measure": measure})
        for measure in ("rouge_1", "embeddings")
    )
    assert scores(plain, said)[0] < scores(plain, wrong)[0]
    assert scores(learned, said)[0] > scores(learned, wrong)[0] + 0.1


def test_a_score_says_what_it_is_made_of() -> None:
    (copied,) = found(ReferenceSimilarity(measure="rouge_1"), TRICKS["copies it twice"])
    assert [part.name for part in copied.parts] == ["similarity", "repetition", "copied", "length", "order"]  # fmt: skip
    repetition, kept = copied.parts[1].score, copied.parts[2].score
    assert repetition < 0.6 and kept < 0.1


def test_the_nearest_of_several_references_counts_or_their_mean() -> None:
    further = json.dumps({"references": ["Blue paint dries slowly.", GOOD, GOOD, " ", 7]})
    assert references_of(prompt(metadata=further)) == (REFERENCE, "Blue paint dries slowly.", GOOD)
    (best,) = scores(ReferenceSimilarity(), GOOD, metadata=further)
    (mean,) = scores(ReferenceSimilarity(several="mean"), GOOD, metadata=further)
    apart = [scores(ReferenceSimilarity(), GOOD, reference=r)[0] for r in references_of(prompt(metadata=further))]  # fmt: skip
    assert best == max(apart) == 1.0
    assert mean == pytest.approx(sum(apart) / 3, abs=1e-4)


def test_without_a_reference_there_is_no_score() -> None:
    assert found(ReferenceSimilarity(), GOOD, reference=" ")[0].score is None
    assert found(PromptRelevance(), GOOD)[0].score is not None
    nothing = Prompt(messages=(Message(role="user", content=" "),), source="toy")
    assert PromptRelevance().examine(nothing, respond(nothing, GOOD)).score is None


def test_relevance_is_not_earned_by_asking_again() -> None:
    good, again, again_twice, off = scores(
        PromptRelevance(),
        GOOD,
        ASKED,
        TRICKS["copies it with a word of its own"],
        "The match ended two to one.",
    )
    assert good > 0.5 > again_twice and again == 0 and off < 0.2


@pytest.mark.parametrize("verifier", [ReferenceSimilarity(), PromptRelevance()])
def test_the_higher_score_is_better_and_a_small_difference_a_tie(
    verifier: ReferenceSimilarity | PromptRelevance,
) -> None:
    pair = view(GOOD, "Paint.", messages=prompt().messages, reference=REFERENCE)
    a, b = verifier.examine_all(pair.prompt, [pair.a, pair.b])
    assert [verifier.compare(*both).verdict for both in ((a, b), (b, a), (a, a))] == ["a", "b", "tie"]  # fmt: skip
    near = a.model_copy(update={"score": (a.score or 0) + 0.01})
    assert verifier.compare(a, near).verdict == "tie"


# As rouge-score 0.1.2 without a stemmer and NLTK's second smoothing of BLEU have them.
@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        ("rouge_1", 10 / 12),
        ("rouge_2", 6 / 10),
        ("rouge_l", 10 / 12),
        ("bleu", (5 / 6 * 4 / 6 * 3 / 5 * 2 / 4) ** 0.25),
    ],
)
def test_measures_are_those_of_their_reference_implementations(
    measure: str, expected: float
) -> None:
    text, reference = "The cat sat on a mat.", "the cat sat on the mat"
    assert similarity(measure, text, reference) == pytest.approx(expected)  # type: ignore[arg-type]


@pytest.mark.parametrize("measure", ["rouge_1", "rouge_l", "bleu", "chrf"])
def test_languages_without_blanks_are_compared_as_well(measure: str) -> None:
    near, far = (
        similarity(measure, text, "因为空气更多地散射蓝光")  # type: ignore[arg-type]
        for text in ("因为空气散射蓝光", "因为油漆")
    )
    assert near > far > 0 if measure != "bleu" else near > far
