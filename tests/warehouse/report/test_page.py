from tests import orchard
from warehouse.report.page import tokens_of


def test_tokens_that_a_server_did_not_count_are_not_left_out_of_the_sum_in_silence() -> None:
    run = orchard.run()
    strong, tiny = run.models
    assert tokens_of(run) == {"read": "93,000", "generated": "24,100"}
    uncounted = {"n_prompt_tokens": None, "n_tokens": None, "n_uncounted": 90}
    one = run.model_copy(update={"models": (strong, tiny.model_copy(update=uncounted))})
    assert tokens_of(one) == {"read": "at least 41,000", "generated": "at least 9,100"}
    none = run.model_copy(update={"models": (tiny.model_copy(update=uncounted),)})
    assert tokens_of(none) == {"read": "unknown", "generated": "unknown"}
