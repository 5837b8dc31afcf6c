from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.pipelines.toy import BEAM, RUN, answer, ask, compare_two, reasons, stage
from winnow.pipelines.steps.compare import CompareSettings, check_scores, compare
from winnow.pipelines.steps.sample import SampleSettings
from winnow.schemas.comparisons import Comparison
from winnow.schemas.errors import InvalidSettings
from winnow.schemas.rejects import Reject
from winnow.schemas.responses import Response

SKY = ask("Why is the sky blue?", reference="Because air scatters blue light most.")


def test_every_pair_of_responses_is_compared_once(tmp_path: Path) -> None:
    staging = stage(tmp_path, SKY, *(answer(SKY, text) for text in "abcd"))
    count = compare(staging, CompareSettings(), RUN, beam=BEAM)
    assert (count.n_in, count.n_out) == (6, 6)
    assert staging.read(Comparison)["strategy"].to_pylist() == ["all_pairs"] * 6


def test_given_forms_nothing_beside_the_comparisons_that_came_with_the_data(tmp_path: Path) -> None:
    responses = [answer(SKY, text) for text in "abc"]
    ready = Comparison(
        prompt_id=SKY.prompt_id,
        response_ids=tuple(r.response_id for r in responses[:2]),
        strategy="given",
    )
    staging = stage(tmp_path, SKY, *responses, ready)
    count = compare(staging, CompareSettings(strategy="given"), RUN, beam=BEAM)
    assert (count.n_in, count.n_out) == (1, 1)
    assert staging.read(Comparison)["comparison_id"].to_pylist() == [ready.comparison_id]


def test_given_names_the_prompts_that_have_no_comparison_and_how_many_responses(
    tmp_path: Path,
) -> None:
    one, two, other = ask("One?"), ask("Two?"), ask("Unasked?")
    pair = [answer(SKY, text) for text in "ab"]
    lone = [answer(one, "a"), answer(two, "a"), answer(two, "b")]
    staging = stage(tmp_path, SKY, one, two, other, *pair, *lone, compare_two(*pair))
    count = compare(staging, CompareSettings(strategy="given"), RUN, beam=BEAM)
    assert (count.n_in, count.n_out) == (4, 1)
    found = {r.record_id: (r.reason, r.detail) for r in Reject.from_table(staging.read(Reject))}
    assert found == {
        other.prompt_id: ("single_response", "0 responses"),
        one.prompt_id: ("single_response", "1 response"),
        two.prompt_id: ("no_pair", "2 responses"),
    }


def test_given_reads_no_response_where_every_prompt_has_a_comparison(tmp_path: Path) -> None:
    pair = [answer(SKY, text) for text in "ab"]
    staging = stage(tmp_path, SKY, *pair, compare_two(*pair))
    staging.path(Response, "read").write_bytes(b"what cannot be read")
    count = compare(staging, CompareSettings(strategy="given"), RUN, beam=BEAM)
    assert (count.n_in, count.n_out) == (1, 1)


def test_the_cap_keeps_the_same_pairs_whatever_the_order_of_the_input(tmp_path: Path) -> None:
    responses = [answer(SKY, text) for text in "abcd"]
    settings = CompareSettings(max_per_prompt=2)
    kept = []
    for name, order in (("one", responses), ("two", responses[::-1])):
        staging = stage(tmp_path / name, SKY, *order)
        assert compare(staging, settings, RUN, beam=BEAM).rejects[0].n == 4
        kept.append(staging.read(Comparison)["comparison_id"].to_pylist())
    assert kept[0] == kept[1]
    assert len(kept[0]) == 2


def test_empty_and_identical_responses_are_rejected_with_the_reason(tmp_path: Path) -> None:
    one, same, empty = answer(SKY, "air"), answer(SKY, " air\n", "other"), answer(SKY, " ")
    staging = stage(tmp_path, SKY, one, same, empty)
    count = compare(staging, CompareSettings(), RUN, beam=BEAM)
    assert (count.n_in, count.n_out) == (3, 0)
    assert reasons(staging, "compare") == {
        compare_two(one, same).comparison_id: "identical_responses",
        compare_two(one, empty).comparison_id: "empty_response",
        compare_two(same, empty).comparison_id: "empty_response",
    }


def test_a_group_holds_the_first_responses_that_differ(tmp_path: Path) -> None:
    texts = ["air", " air", "", "blue", "light", "paint"]
    responses = sorted((answer(SKY, text) for text in texts), key=lambda r: r.response_id)
    staging = stage(tmp_path, SKY, *responses)
    settings = CompareSettings.model_validate({"strategy": "group", "size": 3})
    count = compare(staging, settings, RUN, beam=BEAM)
    assert (count.n_in, count.n_out) == (1, 1)
    (group,) = Comparison.from_table(staging.read(Comparison))
    firsts = [r for r in responses if r.text.strip() and r.text != " air"]
    repeat = [r for r in responses if r.text == " air"]
    kept = sorted([*firsts, *repeat], key=lambda r: r.response_id)
    seen: dict[str, str] = {}
    for response in kept:
        seen.setdefault(response.text.strip(), response.response_id)
    assert group.response_ids == tuple(sorted(seen.values())[:3])


def test_a_prompt_with_one_response_is_rejected(tmp_path: Path) -> None:
    staging = stage(tmp_path, SKY, answer(SKY, "air"))
    count = compare(staging, CompareSettings(), RUN, beam=BEAM)
    assert (count.n_in, count.n_out) == (1, 0)
    assert reasons(staging, "compare") == {SKY.prompt_id: "single_response"}


def test_a_ready_comparison_is_kept_and_not_formed_again(tmp_path: Path) -> None:
    responses = [answer(SKY, text) for text in "abc"]
    ready = compare_two(responses[0], responses[1])
    staging = stage(tmp_path, SKY, *responses, ready)
    count = compare(staging, CompareSettings(max_per_prompt=1), RUN, beam=BEAM)
    assert (count.n_in, count.n_out) == (3, 2)
    assert ready.comparison_id in staging.read(Comparison)["comparison_id"].to_pylist()


def test_a_stage_that_is_repeated_gives_the_same_comparisons(tmp_path: Path) -> None:
    responses = [answer(SKY, text) for text in "abc"]
    staging = stage(tmp_path, SKY, *responses, compare_two(responses[0], responses[1]))
    counts = [compare(staging, CompareSettings(), RUN, beam=BEAM) for _ in range(2)]
    assert [(c.n_in, c.n_out) for c in counts] == [(3, 3), (3, 3)]
    assert staging.n_rows(Comparison) == 3


def test_the_best_is_compared_with_the_worst_by_mean_log_probability(tmp_path: Path) -> None:
    sure, unsure, middle = (
        answer(SKY, text, logprob=logprob, n_tokens=n)
        for text, logprob, n in (("a", -2.0, 10), ("b", -9.0, 3), ("c", -3.0, 3))
    )
    staging = stage(tmp_path, SKY, sure, unsure, middle, answer(SKY, "no score"))
    compare(staging, CompareSettings(strategy="best_worst"), RUN, beam=BEAM)
    assert Comparison.from_table(staging.read(Comparison))[0].response_ids == tuple(
        sorted((sure.response_id, unsure.response_id))
    )


def test_a_verifier_can_choose_the_best_and_the_worst(tmp_path: Path) -> None:
    good, bad = answer(SKY, "Because air scatters blue light."), answer(SKY, "42")
    staging = stage(tmp_path, SKY, good, bad, answer(SKY, "Air scatters."))
    settings = CompareSettings.model_validate(
        {"strategy": "best_worst", "score": "reference_overlap"}
    )
    compare(staging, settings, RUN, beam=BEAM)
    assert set(Comparison.from_table(staging.read(Comparison))[0].response_ids) == {
        good.response_id,
        bad.response_id,
    }


def test_scores_that_tell_nothing_apart_make_no_pair(tmp_path: Path) -> None:
    staging = stage(tmp_path, SKY, answer(SKY, "a"), answer(SKY, "b"))
    compare(staging, CompareSettings(strategy="best_worst"), RUN, beam=BEAM)
    assert reasons(staging, "compare") == {SKY.prompt_id: "no_pair"}


@given(texts=st.lists(st.sampled_from(["", "a", "a ", "b", "c"]), max_size=6))
def test_nothing_disappears(texts: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    responses = [answer(SKY, text, f"model {i}") for i, text in enumerate(texts)]
    staging = stage(tmp_path_factory.mktemp("s"), SKY, *responses)
    count = compare(staging, CompareSettings(max_per_prompt=3), RUN, beam=BEAM)
    n = len(texts)
    assert count.n_in == max(n * (n - 1) // 2, 1)
    assert count.n_in == count.n_out + sum(r.n for r in count.rejects)


def test_a_score_that_sampling_does_not_give_is_found_before_it_costs_anything() -> None:
    best_worst = CompareSettings(strategy="best_worst")
    scored, bare = SampleSettings(model="m", logprobs=0), SampleSettings(model="m")
    check_scores("compare", best_worst, [("sample[0]", scored)])
    check_scores("compare", CompareSettings(), [("sample[0]", bare)])
    with pytest.raises(
        ValueError, match=r"compare.score is logprob, but sample\[1\] asks for no log-"
    ):
        check_scores("compare", best_worst, [("sample[0]", scored), ("sample[1]", bare)])


def test_a_log_probability_or_count_missing_among_others_is_named_and_never_taken_for_the_best(
    tmp_path: Path,
) -> None:
    told = {"request_id": "1"}
    best, worst = (
        answer(SKY, text, "open", logprob=logprob, n_tokens=2, **told)
        for text, logprob in (("air", -2.0), ("dust", -9.0))
    )
    unknown = [
        answer(SKY, "light", "open", n_tokens=2, **told),
        answer(SKY, "blue", "open", logprob=-0.1, **told),
        answer(SKY, " ", "open", n_tokens=0, **told),
    ]
    said: list[str] = []
    settings = CompareSettings(strategy="best_worst", options={"score": "logprob"})
    staging = stage(tmp_path, SKY, best, worst, *unknown)
    compare(staging, settings, RUN, beam=BEAM, say=said.append)
    (formed,) = Comparison.from_table(staging.read(Comparison))
    assert set(formed.response_ids) == {best.response_id, worst.response_id}
    assert said == [
        "compare.score is logprob, and open gave no log-probability with 2 of its 4 responses: those have no score "
        "and are compared with nothing"
    ]


def test_a_model_that_counts_no_tokens_has_no_mean_log_probability(tmp_path: Path) -> None:
    answers = [answer(SKY, text, logprob=-1.0, request_id="1") for text in ("air", "dust")]
    settings = CompareSettings(strategy="best_worst", options={"score": "logprob"})
    with pytest.raises(
        InvalidSettings, match="gave no count of tokens with any of its 2 responses"
    ):
        compare(stage(tmp_path, SKY, *answers), settings, RUN, beam=BEAM)


def test_unknown_names_and_settings_are_named() -> None:
    with pytest.raises(
        ValidationError, match=r"no strategy named 'al_pairs' \(did you mean 'all_pairs'"
    ):
        CompareSettings(strategy="al_pairs")
    with pytest.raises(
        ValidationError,
        match=r"no score named 'lenght' \(did you mean 'length'\?\); known scores: .*form, .*logprob",
    ):
        CompareSettings.model_validate({"strategy": "best_worst", "score": "lenght"})
    with pytest.raises(
        ValidationError, match="all_pairs has no setting 'scor'; its settings: none"
    ):
        CompareSettings.model_validate({"scor": "form"})


@pytest.mark.parametrize(
    ("score", "said"),
    [
        ("majority", "scores a response by the others of its prompt"),
        ("pattern", "pattern: no pattern is given"),
    ],
)
def test_a_score_that_no_response_by_itself_can_have_is_refused(score: str, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        CompareSettings.model_validate({"strategy": "best_worst", "score": score})


def test_a_stage_that_is_repeated_forms_the_same_comparisons(tmp_path: Path) -> None:
    staging = stage(tmp_path, SKY, *(answer(SKY, text) for text in "abc"))
    first = compare(staging, CompareSettings(), RUN, beam=BEAM)
    again = compare(staging, CompareSettings(), RUN, beam=BEAM)
    assert (again.n_in, again.n_out) == (first.n_in, first.n_out) == (3, 3)
    assert staging.read(Comparison).num_rows == 3


def test_a_model_that_gave_no_log_probabilities_is_named_before_it_is_passed_over(
    tmp_path: Path,
) -> None:
    told = {"request_id": "1", "n_tokens": 2}
    known = answer(SKY, "air", "open", logprob=-2.0, **told)
    unknown = answer(SKY, "light", "closed", **told)
    ready = answer(SKY, "blue", "person")
    settings = CompareSettings(strategy="best_worst", options={"score": "logprob"})
    compare(stage(tmp_path / "ready", SKY, known, ready), settings, RUN, beam=BEAM)
    with pytest.raises(InvalidSettings, match="closed gave no log-probability with any of its 1 "):
        compare(stage(tmp_path / "mixed", SKY, known, unknown), settings, RUN, beam=BEAM)
