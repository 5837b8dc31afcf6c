from winnow.annotation.evaluation.probing import ProbedItem, adjust, measure_probe
from winnow.reports.evaluation.probe_words import probe_sentences


def test_the_verb_follows_the_prompts_and_a_mean_that_points_the_other_way_is_said() -> None:
    up = [ProbedItem(str(k), f"up {k}", "a", 0.5, 0.51) for k in range(20)]
    down = [ProbedItem(f"d{k}", f"down {k}", "a", 1.0, 0.0) for k in range(2)]
    split = measure_probe("judge@1", "length@1", "the longer one", [*up, *down])
    assert split.effect and split.effect.value < 0
    said = probe_sentences(adjust([split]))[0]
    assert said.startswith("judge@1 prefers the longer one: -")
    assert "more in 20 and less in 2 prompts; the mean points the other way" in said
    same = probe_sentences(adjust([measure_probe("judge@1", "length@1", "the longer one", up)]))[0]
    assert "prefers" in same and "points the other way" not in same
