from pathlib import Path

import pytest

from tests.pipelines.toy import RUN, answer, ask, compare_two, stage
from winnow.pipelines.labels.combining import heard
from winnow.pipelines.labels.strengths import stage_strengths
from winnow.schemas.combined import CombinedVerdict
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import Judgment, Verdict
from winnow.schemas.labels import Label
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response
from winnow.schemas.strengths import Standing, Strength
from winnow.warehouse.staging import Staging

PROMPT, OTHER = ask("Which apple keeps longest?"), ask("Which pear is sweetest?")
FUJI, GALA, COX = (
    answer(PROMPT, name, model)
    for name, model in (("Fuji", "large"), ("Gala", "middle"), ("Cox", "small"))
)
PEARS = [answer(OTHER, "Conference", "large"), answer(OTHER, "Comice", "small")]


def label(winner: Response, loser: Response, p: float = 0.8, p_tie: float = 0.1) -> Label:
    pair = compare_two(winner, loser)
    p_a, p_b = (p, 1 - p - p_tie)
    if pair.response_ids[0] == loser.response_id:
        p_a, p_b = p_b, p_a
    return Label(run_id=RUN, comparison_id=pair.comparison_id, p_a=p_a, p_b=p_b, p_tie=p_tie, n_judgments=1, method="votes")  # fmt: skip


def say(
    winner: Response, loser: Response, who: str = "judge", verdict: Verdict | None = None
) -> Judgment:
    """Give a verdict for the winner, or another one that is named."""
    pair = compare_two(winner, loser)
    named: Verdict = "a" if pair.response_ids[0] == winner.response_id else "b"
    return Judgment(
        comparison_id=pair.comparison_id, annotator_id=who, kind="llm", verdict=verdict or named
    )


def ranked(
    root: Path, *pairs: tuple[Response, Response], also: tuple[Judgment, ...] = ()
) -> Staging:
    comparisons = [compare_two(*pair) for pair in pairs]
    records: list[Prompt | Response | Comparison] = [PROMPT, OTHER, FUJI, GALA, COX, *PEARS]
    staging = stage(root, *records, *comparisons, *(say(*pair) for pair in pairs), *also)
    staging.write(CombinedVerdict, [])
    staging.write(Label, [label(*pair) for pair in pairs])
    stage_strengths(staging, heard(staging, ("comparison_id", "verdict")), RUN)
    return staging


EVERY = ((FUJI, GALA), (GALA, COX), (FUJI, COX))


def test_responses_to_one_prompt_are_ranked_by_their_labels(tmp_path: Path) -> None:
    found = Strength.from_table(ranked(tmp_path, *EVERY).read(Strength))
    assert [s.response_id for s in found] == [r.response_id for r in (FUJI, GALA, COX)]
    assert [(s.rank, s.n_ranked, s.n_comparisons) for s in found] == [
        (1, 3, 2),
        (2, 3, 2),
        (3, 3, 2),
    ]
    assert [(s.n_won, s.n_tied, s.n_lost, s.win_rate) for s in found] == [
        (2, 0, 0, 1.0),
        (1, 0, 1, 0.5),
        (0, 0, 2, 0.0),
    ]
    assert sum(s.strength for s in found) == pytest.approx(0, abs=1e-6)


def test_two_responses_alone_have_a_label_and_no_strengths(tmp_path: Path) -> None:
    staging = ranked(tmp_path, (PEARS[0], PEARS[1]))
    assert staging.n_rows(Strength) == 0


def test_responses_that_never_met_are_not_ranked_together(tmp_path: Path) -> None:
    staging = ranked(tmp_path, (FUJI, GALA), (PEARS[0], PEARS[1]))
    assert staging.n_rows(Strength) == 0


def test_models_stand_by_what_was_said_and_by_the_labels_of_all_prompts(tmp_path: Path) -> None:
    others = (
        say(GALA, FUJI, "other"),
        say(FUJI, COX, "other", "tie"),
        say(FUJI, COX, "third", "invalid"),
    )
    staging = ranked(tmp_path, *EVERY, (PEARS[0], PEARS[1]), also=others)
    found = {s.model: s for s in Standing.from_table(staging.read(Standing))}
    assert list(found) == ["large", "middle", "small"]
    assert (found["large"].n_prompts, found["large"].n_comparisons) == (2, 3)
    assert (found["large"].n_won, found["large"].n_tied, found["large"].n_lost) == (3, 1, 1)
    assert (found["large"].win_rate, found["large"].label_win_rate) == (0.7, 1.0)
    assert found["small"].strength < 0 < found["large"].strength


def test_responses_of_one_model_say_nothing_about_models(tmp_path: Path) -> None:
    twins = [answer(PROMPT, "Idared", "same"), answer(PROMPT, "Elstar", "same")]
    staging = stage(tmp_path, PROMPT, *twins, compare_two(*twins), say(twins[0], twins[1]))
    staging.write(CombinedVerdict, [])
    staging.write(Label, [label(*twins)])
    stage_strengths(staging, heard(staging, ("comparison_id", "verdict")), RUN)
    assert staging.n_rows(Standing) == 0


def test_a_run_without_labels_has_neither(tmp_path: Path) -> None:
    staging = ranked(tmp_path)
    assert staging.n_rows(Strength) == staging.n_rows(Standing) == 0
