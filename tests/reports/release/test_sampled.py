from winnow.reports.release.sampled import sampled_sentences

WHOLE = dict.fromkeys(
    ("n_unfinished", "n_cut_off", "n_end_unknown", "n_empty", "n_with_thought"), 0
)


def row(**counts: int) -> dict[str, object]:
    return {"model": "m", "n_requests": 200, **WHOLE, **counts}


def test_whole_answers_are_passed_over() -> None:
    assert list(sampled_sentences([row()])) == []


def test_few_answers_that_are_cut_off_are_said_without_alarm() -> None:
    (found,) = sampled_sentences([row(n_cut_off=4)])
    plain = found.text.replace("\N{NO-BREAK SPACE}", " ")
    assert plain == "Of 200 requests to m, 4 (2 %) were cut off at max_tokens."
    assert not found.is_warning


def test_answers_whose_end_is_unknown_are_not_said_to_be_whole() -> None:
    (found,) = sampled_sentences([row(n_end_unknown=4)])
    assert "may be cut off, as the server does not say why they end" in found.text


def test_many_answers_that_are_none_warn_with_a_way_out() -> None:
    (found,) = sampled_sentences([row(n_unfinished=40, n_with_thought=160)])
    assert found.is_warning
    assert "40 (20" in found.text and "gave a thought and no answer" in found.text
    assert found.text.endswith("; raise max_tokens, or have the model think less.")
