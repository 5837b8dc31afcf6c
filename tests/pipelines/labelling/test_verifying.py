from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

import pytest

from tests.pipelines.toy import BEAM, RUN, answer, ask, compare_two, stage
from winnow.annotation.judge import Reading
from winnow.annotation.verifier import VERIFIERS, Finding, Measurement, Verifier
from winnow.pipelines.labelling.settings import VerifierSettings
from winnow.pipelines.steps.label import label
from winnow.schemas.judgments import Judgment
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response
from winnow.warehouse.staging import Staging

SEA = ask("Why is the sea salt?")
SALT, SAND, BROKEN = (answer(SEA, text) for text in ("Rivers bring salt.", "Sand.", "Broken."))


class Rarity(Verifier):
    """The rarer the first letter among all responses, the better."""

    needs: ClassVar[str] = "nothing"
    reads: ClassVar[str | None] = None

    def examine(self, prompt: Prompt, response: Response) -> Finding:
        (found,) = self.examine_all(prompt, [response])
        return found

    def examine_all(self, prompt: Prompt, responses: Sequence[Response]) -> Sequence[Finding]:
        letters = [str(response.text)[0] for response in responses]
        return [
            Finding(response_id=r.response_id, score=None, status="error", reason="it broke")
            if letter == "B"
            else Finding(
                response_id=r.response_id,
                score=1 / letters.count(letter),
                extracted=letter,
                parts=(Measurement(name="n", score=len(letters)),),
            )
            for r, letter in zip(responses, letters, strict=True)
        ]

    def compare(self, a: Finding, b: Finding) -> Reading:
        return Reading(verdict="tie", rationale=f"{a.score} {b.score}")


@pytest.fixture
def staging(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Staging]:
    monkeypatch.setattr(VERIFIERS, "_kinds", dict(VERIFIERS._kinds))
    VERIFIERS.register("rarity", version=1)(Rarity)
    pairs = compare_two(SALT, SAND), compare_two(SALT, BROKEN)
    staging = stage(tmp_path / "run", SEA, SALT, SAND, BROKEN, *pairs)
    label(staging, [VerifierSettings(verifier="rarity")], RUN, models={}, answer=None, beam=BEAM)  # type: ignore[arg-type]
    yield staging


def test_a_verifier_sees_all_responses_of_a_prompt_and_keeps_the_parts_of_a_score(
    staging: Staging,
) -> None:
    said = {j.subject_id: j for j in Judgment.from_table(staging.read(Judgment))}
    salt = said[SALT.response_id]
    assert {r.attribute: r.score for r in salt.ratings} == {"rarity": 1.0, "rarity.n": 3.0}
    assert salt.rationale == "answer: R"


def test_what_a_verifier_cannot_tell_is_invalid_and_no_wrong_answer(staging: Staging) -> None:
    said = {j.subject_id: j for j in Judgment.from_table(staging.read(Judgment))}
    broken, pair = said[BROKEN.response_id], said[compare_two(SALT, BROKEN).comparison_id]
    assert (broken.verdict, broken.rationale) == ("invalid", "no result: it broke")
    assert (pair.verdict, pair.rationale) == ("invalid", "no result: it broke")
    assert said[compare_two(SALT, SAND).comparison_id].verdict == "tie"
