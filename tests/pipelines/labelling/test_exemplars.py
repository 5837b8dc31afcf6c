from pathlib import Path

import pytest

from tests.pipelines.toy import answer, ask, compare_two, shown_in, stage
from winnow.pipelines.labelling.settings import JudgeSettings
from winnow.pipelines.labelling.views import read_views
from winnow.schemas.comparisons import Comparison
from winnow.schemas.errors import InvalidSettings
from winnow.schemas.judgments import Gold
from winnow.warehouse.staging import Staging

ASKED = ask("How do I calm my crying baby?")
ALIKE = ask("What soothes an infant that weeps?")
WORDS = ask("How do I calm my stormy sea map?")
OTHER = ask("Which form reports capital gains?")
PROMPTS = (ASKED, ALIKE, WORDS, OTHER)
ANSWERS = [answer(prompt, text) for prompt in PROMPTS for text in ("One.", "Two.")]
PAIRS = [compare_two(*ANSWERS[i : i + 2]) for i in range(0, 8, 2)]


@pytest.fixture
def staging(tmp_path: Path) -> Staging:
    staging = stage(tmp_path, *PROMPTS, *ANSWERS, *PAIRS)
    gold = [Gold(comparison_id=pair.comparison_id, verdict="a", basis="checked") for pair in PAIRS]
    staging.write(Gold, gold[1:])
    return staging


def judge(**settings: object) -> JudgeSettings:
    return JudgeSettings.model_validate({"judge": "pairwise", "model": "toy", **settings})


def shown_with(pair: Comparison, staging: Staging, entry: JudgeSettings) -> list[str]:
    shown = {view.comparison_id: view for view in shown_in(staging, read_views(staging), entry)}
    return [e.view.prompt.messages[0].text() for e in shown[pair.comparison_id].exemplars]


def texts(*prompts: object) -> list[str]:
    return [prompt.messages[0].text() for prompt in prompts]  # type: ignore[attr-defined]


def test_embeddings_find_what_means_the_same_where_words_find_the_same_words(
    staging: Staging,
) -> None:
    assert shown_with(PAIRS[0], staging, judge(exemplars=1)) == texts(WORDS)
    by_meaning = judge(exemplars=1, exemplars_by="minilm")
    assert shown_with(PAIRS[0], staging, by_meaning) == texts(ALIKE)


def test_embeddings_never_show_a_comparison_of_the_same_prompt(staging: Staging) -> None:
    by_meaning = judge(exemplars=4, exemplars_by="minilm")
    assert sorted(shown_with(PAIRS[1], staging, by_meaning)) == sorted(texts(WORDS, OTHER))


def test_named_exemplars_stand_in_their_order_before_each_question_of_another_prompt(
    staging: Staging,
) -> None:
    entry = judge(exemplar_ids=[PAIRS[3].comparison_id, PAIRS[1].comparison_id])
    assert shown_with(PAIRS[0], staging, entry) == texts(OTHER, ALIKE)
    assert shown_with(PAIRS[1], staging, entry) == texts(OTHER)


@pytest.mark.parametrize(
    ("named", "most"), [(PAIRS[0].comparison_id, 6000), (PAIRS[1].comparison_id, 9)]
)
def test_a_named_exemplar_that_cannot_be_shown_stops_the_run(
    staging: Staging, named: str, most: int
) -> None:
    entry = judge(exemplar_ids=[named], max_exemplar_chars=most)
    with pytest.raises(InvalidSettings) as raised:
        shown_in(staging, read_views(staging), entry)
    assert str(raised.value) == (
        f"exemplar_ids names {named}, which is no comparison of two with one gold verdict and at most {most:,} "
        "characters; name ids of such comparisons, or raise max_exemplar_chars"
    )


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"exemplars_by": "minilm"}, "exemplars_by is 'minilm', but exemplars is 0"),
        ({"exemplar_ids": ["c"], "exemplars": 2}, "exemplar_ids says which exemplars are shown"),
    ],
)
def test_settings_that_change_nothing_are_refused(settings: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        judge(**settings).build()


def test_other_embeddings_make_another_annotator() -> None:
    plain, learned = judge(exemplars=2), judge(exemplars=2, exemplars_by="minilm")
    assert plain.annotator_id != learned.annotator_id
    assert (plain.learned, learned.learned) == (None, "minilm")
