"""Invalid settings files: each is refused in one line that names the file, the key, the value and the way out."""

import os
import textwrap
from pathlib import Path

import pytest

from winnow.flows.settings.rounds import load_any_settings
from winnow.schemas.errors import InvalidSettings

PROMPTS = "name: x\nprompts: {path: p.jsonl}\n"
SAMPLE = "sample: {model: smollm2, n: 2}"
COMPARE = "compare"
LABEL = "label: [{judge: pairwise, model: smollm2}]"
AGGREGATE = "aggregate"
COMPARED = (SAMPLE, COMPARE)
LABELLED = (*COMPARED, LABEL, AGGREGATE)


def steps(*entries: str) -> str:
    """Write a settings file that lists steps."""
    listed = ("  - " + textwrap.indent(entry, "    ").strip() for entry in entries)
    return PROMPTS + "steps:\n" + "\n".join(listed) + "\n"


INVALID = [
    ("of an unknown choice", steps(*LABELLED, "refine: {model: smollm2}\nof: wurst", COMPARE, AGGREGATE), "steps[4].of: no choice named 'wurst' (did you mean 'worst'?); known choices: ..."),
    ("of worst before aggregate", steps(*COMPARED, "refine: {model: smollm2}\nof: worst", LABEL, AGGREGATE), "steps[2].of: 'worst' looks at labels, and there are none yet; put an aggregate step before it"),
    ("of unknown column", steps(*COMPARED, "label: [{judge: pairwise, model: smollm2}]\nof: confidense < 1", AGGREGATE), "steps[2].of: 'confidense < 1' is no expression in SQL on comparisons (Binder Error: Referenced column \"confidense\" not found in FROM clause!); their columns: ..."),
    ("of two statements", steps(*COMPARED, "label: [{judge: pairwise, model: smollm2}]\nof: 'true; drop table x'", AGGREGATE), "steps[2].of: 'true; drop table x' is more than one expression in SQL; give one"),
    ("of broken sql", steps(*COMPARED, "label: [{judge: pairwise, model: smollm2}]\nof: 'p_a <'", AGGREGATE), "steps[2].of: 'p_a <' is no expression in SQL on comparisons (Parser Error: syntax error at end of input); their columns: ..."),
    ("of a list", steps(*COMPARED, "label: [{judge: pairwise, model: smollm2}]\nof: [doubtful]", AGGREGATE), "steps[2].of is ['doubtful'], wanted text; put it in quotes"),
    ("of on aggregate", steps(*COMPARED, LABEL, "aggregate: {}\nof: doubtful"), "steps[3].of is 'doubtful', but aggregate works on all there is; leave 'of' out"),
    ("of on keep", steps(*LABELLED, "keep: [order_consistent]\nof: doubtful"), "steps[4].of is 'doubtful', but keep works on all there is; leave 'of' out"),
    ("unknown step", steps("smaple: {model: smollm2}", COMPARE, LABEL, AGGREGATE), "steps[0]: no step named 'smaple' (did you mean 'sample'?); known steps: ..."),
    ("two steps in an entry", steps("sample: {model: smollm2}\ncompare: {}", LABEL), "steps[0]: an entry has the name of one step, and beside it 'of'; found 'sample' and 'compare'"),
    ("empty step", steps("{}"), "steps[0]: an entry has the name of one step, and beside it 'of'; found nothing"),
    ("step is number", steps("3"), "steps[0] is 3, wanted keys with values"),
    ("steps a map", PROMPTS + "steps: {sample: {model: smollm2}}\n", "steps is {'sample': {'model': 'smollm2'}}, wanted a list"),
    ("steps text", PROMPTS + "steps: sample\n", "steps is 'sample', wanted a list"),
    ("steps beside label", PROMPTS + "label: [{judge: pairwise, model: smollm2}]\nsteps: [compare]\n", "'label' stands beside 'steps'; write it as a step, or leave 'steps' out"),
    ("sample n 0", steps("sample: {model: smollm2, n: 0}", COMPARE, LABEL), "steps[0].sample[0].n is 0, wanted greater than or equal to 1"),
    ("sample list n 0", steps("sample: [{model: smollm2}, {model: smollm2, n: 0}]", COMPARE, LABEL), "steps[0].sample[1].n is 0, wanted greater than or equal to 1"),
    ("sample unknown key", steps("sample: {model: smollm2, temprature: 1}", COMPARE, LABEL), "unknown key 'steps[0].sample[0].temprature'; did you mean 'temperature'? known keys: ..."),
    ("sample unknown model", steps("sample: {model: smollm3}", COMPARE, LABEL), "steps[0].sample[0].model: no model named 'smollm3' (did you mean 'smollm2'?); known models: ..."),
    ("sample no model", steps("sample: {n: 2}", COMPARE, LABEL), "steps[0].sample[0].model is missing; add it"),
    ("refine unknown model", steps(*LABELLED, "refine: {model: big}\nof: worst", COMPARE, LABEL, AGGREGATE), "steps[4].refine.model: no model named 'big'; known models: ..."),
    ("refine guidelines list", steps(*LABELLED, "refine: {model: smollm2, guidelines: [be short]}", COMPARE, LABEL, AGGREGATE), "steps[4].refine.guidelines is ['be short'], wanted text; put it in quotes"),
    ("refine max_reviews -1", steps(*LABELLED, "refine: {model: smollm2, max_reviews: -1}", COMPARE, LABEL, AGGREGATE), "steps[4].refine.max_reviews is -1, wanted greater than or equal to 0"),
    ("refine n", steps(*LABELLED, "refine: {model: smollm2, n: 2}", COMPARE, LABEL, AGGREGATE), "unknown key 'steps[4].refine.n'; known keys: ..."),
    ("refine top_p", steps(*LABELLED, "refine: {model: smollm2, top_p: 2}", COMPARE, LABEL, AGGREGATE), "steps[4].refine.top_p is 2, wanted less than or equal to 1"),
    ("select without named", steps(*LABELLED, "select: {what: responses}", LABEL, AGGREGATE), "steps[4].select.named is missing; add it"),
    ("select named Capital", steps(*LABELLED, "select: {named: Hard ones, what: responses}", LABEL, AGGREGATE), "steps[4].select.named is 'Hard ones', wanted small letters, digits and '_', with a letter first"),
    ("select named worst", steps(*LABELLED, "select: {named: worst, what: responses}", LABEL, AGGREGATE), "steps[4].select: named is 'worst', which `of` knows already; choose another name"),
    ("select twice named", steps(SAMPLE, "select: {named: a, what: prompts}", "select: {named: a, what: prompts}", COMPARE, LABEL, AGGREGATE), "steps[2].select.named is 'a', as that of a selection before it; choose another name"),
    ("select what", steps(*LABELLED, "select: {named: hard, what: answers}", LABEL, AGGREGATE), "steps[4].select.what is 'answers', wanted 'prompts', 'responses' or 'comparisons'"),
    ("select without what", steps(*LABELLED, "select: {named: hard}", LABEL, AGGREGATE), "steps[4].select.what is missing; add it"),
    ("select by column", steps(*LABELLED, "select: {named: hard, what: comparisons, by: win_rate}", LABEL, AGGREGATE), "steps[4].select: by: 'win_rate' is no expression in SQL on comparisons (Binder Error: Referenced column \"win_rate\" not found in FROM clause!); their columns: ..."),
    ("select per_prompt 0", steps(*LABELLED, "select: {named: hard, what: responses, per_prompt: 0}", LABEL, AGGREGATE), "steps[4].select.per_prompt is 0, wanted greater than or equal to 1"),
    ("select most text", steps(*LABELLED, "select: {named: hard, what: responses, most: many}", LABEL, AGGREGATE), "steps[4].select.most is 'many', wanted a whole number"),
    ("select unknown key", steps(*LABELLED, "select: {named: hard, what: responses, limit: 3}", LABEL, AGGREGATE), "unknown key 'steps[4].select.limit'; known keys: ..."),
    ("keep twice", steps(*LABELLED, "keep: [order_consistent]", "keep: [{margin: 0.3}]"), "steps[5].keep: a run has one step keep; leave it out, or steps[4].keep"),
    ("keep unknown filter", steps(*LABELLED, "keep: [{margins: 0.3}]"), "steps[4].keep[0]: no filter named 'margins' (did you mean 'margin'?); known filters: ..."),
    ("label after last aggregate", steps(*LABELLED, LABEL), "steps[4].label: a step label after the last aggregate changes no label; move it ahead, or add an aggregate after it"),
    ("compare after last", steps(*LABELLED, COMPARE), "steps[4].compare: a step compare after the last aggregate changes no label; move it ahead, or add an aggregate after it"),
    ("keep before aggregate", steps(*COMPARED, LABEL, "keep: [order_consistent]", AGGREGATE), "steps[3].keep: a run ends with aggregate, keep and assemble, in this order; put keep after all that it has to follow"),
    ("assemble before keep", steps(*LABELLED, "assemble", "keep"), "steps[5].keep: a run ends with aggregate, keep and assemble, in this order; put keep after all that it has to follow"),
    ("label unknown judge", steps(*COMPARED, "label: [{judge: pairwis, model: smollm2}]", AGGREGATE), "steps[2].label[0].judge: no judge named 'pairwis' (did you mean 'pairwise'?); known judges: ..."),
    ("label judge probability", steps(*COMPARED, "label: [{judge: pairwise, model: smollm2, probability: maybe}]", AGGREGATE), "steps[2].label[0].judge: probability of pairwise is 'maybe', wanted true or false"),
    ("label judge key", steps(*COMPARED, "label: [{judge: pairwise, model: smollm2, temprature: 1}]", AGGREGATE), "steps[2].label[0].judge: pairwise has no setting 'temprature' (did you mean 'temperature'?); its settings: ..."),
    ("compare strategy", steps(SAMPLE, "compare: {strategy: al_pairs}", LABEL, AGGREGATE), "steps[1].compare: no strategy named 'al_pairs' (did you mean 'all_pairs'?); known strategies: ..."),
    ("compare max", steps(SAMPLE, "compare: {max_per_prompt: 0}", LABEL, AGGREGATE), "steps[1].compare.max_per_prompt is 0, wanted greater than or equal to 1"),
    ("compare logprob", steps(SAMPLE, "compare: {strategy: best_worst, score: logprob}", LABEL, AGGREGATE), "steps[1].compare.score is logprob, but steps[0].sample[0] asks for no log-probabilities; give it logprobs: 0"),
    ("aggregate method", steps(*COMPARED, LABEL, "aggregate: {method: dawid}"), "steps[3].aggregate: no method named 'dawid' (did you mean 'dawid_skene'?); known methods: ..."),
    ("rounds budget", steps(*COMPARED, "rounds: {budget: 0, per_round: 2, people: {replay: g.jsonl}}", AGGREGATE), "steps[2].rounds.budget is 0, wanted greater than or equal to 1"),
    ("rounds twice", steps(*COMPARED, "rounds: {budget: 3, per_round: 2, people: {replay: g.jsonl}}", "rounds: {budget: 3, per_round: 2, people: {replay: g.jsonl}}", AGGREGATE), "steps[3].rounds: a run has one step rounds; leave it out, or steps[2].rounds"),
    ("rounds other method", steps(*COMPARED, "rounds: {budget: 3, per_round: 2, people: {replay: g.jsonl}}", "aggregate: {method: majority}"), "steps[3].aggregate.method is 'majority'; rounds decide by 'winnow' alone: leave it out"),
    ("rounds no settings", steps(*COMPARED, "rounds", AGGREGATE), "steps[2].rounds.budget is missing; add it"),
    ("assemble splits", steps(*LABELLED, "assemble: {splits: {train: 0.5}}"), "steps[4].assemble.splits: the shares sum to 0.5, wanted 1"),
    ("assemble ties", steps(*LABELLED, "assemble: {ties: drop}"), "steps[4].assemble.ties is 'drop', wanted 'keep' or 'reject'"),
    ("nothing labels", steps(SAMPLE, COMPARE), "nothing labels the comparisons: give 'label', 'queues' of people, or 'comparisons' with judgments"),
    ("prompts metadata", "name: x\nprompts: {path: p.jsonl, metadata: 3}\nlabel: [{judge: pairwise, model: smollm2}]\n", "unknown key 'prompts.metadata'; known keys: ..."),
    ("prompts keep", "name: x\nprompts: {path: p.jsonl, keep: 3}\nlabel: [{judge: pairwise, model: smollm2}]\n", "prompts.keep is 3, wanted a list"),
    ("prompts columns", "name: x\nprompts: {path: p.jsonl, columns: {metadatum: x}}\nlabel: [{judge: pairwise, model: smollm2}]\n", "prompts: no column named 'metadatum'; known columns: ..."),
    ("comparisons columns", "name: x\ncomparisons: {path: p.jsonl, columns: {judgments: {subject: x}}}\n", "comparisons.columns.judgments is {'subject': 'x'}, wanted text; put it in quotes"),
    ("judge subject", PROMPTS + "label: [{judge: pairwise, model: smollm2, subject: response}]\n", "label[0].judge: pairwise has no setting 'subject'; its settings: ..."),
    ("rounds without people", steps(*COMPARED, "rounds: {budget: 3, per_round: 2}", AGGREGATE), "steps[2].rounds.people is missing; give it a queue, a sheet or a replay"),
    ("rounds with nobody", steps(*COMPARED, "rounds: {budget: 3, per_round: 2, people: {}}", AGGREGATE), "steps[2].rounds.people: give one of 'queue', 'sheet' and 'replay'; found nothing"),
    ("combine also", PROMPTS + "label: [{judge: pairwise, model: smollm2}]\naggregate: {combine: [{of: rating@1, also: [{of: x, weight: 2}]}]}\n", "aggregate.combine[0].also[0] is {'of': 'x', 'weight': 2}, wanted text; put it in quotes"),
    ("combine gates", PROMPTS + "label: [{judge: pairwise, model: smollm2}]\naggregate: {combine: [{of: rating@1, gates: {a: x}}]}\n", "aggregate.combine[0].gates.a is 'x', wanted a number"),
    ("combine weights", PROMPTS + "label: [{judge: pairwise, model: smollm2}]\naggregate: {combine: [{of: rating@1, weights: {a: x}}]}\n", "aggregate.combine[0].weights: a is 'x', wanted a number"),
    ("keep as text", steps(*LABELLED, "keep: margin"), "steps[4].keep is 'margin', wanted a list"),
    ("one judge twice", steps(*COMPARED, "label: [{judge: pairwise, model: smollm2}, {judge: pairwise, model: smollm2}]", AGGREGATE), "steps[2].label: pairwise@1:smollm2 stands twice; leave one out or change its settings"),
    ("export bad", steps(*LABELLED) + "export: [{format: trlx}]\n", "export[0]: no format named 'trlx' (did you mean 'trl'?); known formats: ..."),
    ("allow bad", steps(*LABELLED) + "allow: [unreadable]\n", "allow[0] is 'unreadable', wanted 'refused', 'unread', 'owed', 'empty' or 'ties_only'"),
    ("exemplars without gold", steps(*COMPARED, "label: [{judge: pairwise, model: smollm2, exemplars: 3}]", AGGREGATE), "steps[2].label[0].exemplars: exemplars are taken from gold, and there is none; give 'gold'"),
    ("target without gold", steps(*LABELLED, "keep: [{margin: accuracy 0.95}]"), "steps[4].keep[0]: the target of margin is set on gold; give 'gold', or a number"),
    ("rating attributes", PROMPTS + "label: [{judge: rating, model: smollm2, attributes: 3}]\n", "label[0].judge: attributes of rating is 3, wanted keys with values"),
    ("verifier key", steps(*COMPARED, "label: [{verifier: form, lenght: 2}]", AGGREGATE), "steps[2].label[0].verifier: form has no setting 'lenght'; its settings: ..."),
]  # fmt: skip
"""Name, file, and what is said of it; of a list that grows with what is registered only the beginning."""


def load(folder: Path, text: str) -> str:
    config = folder / "run.yaml"
    config.write_text(text, "utf-8")
    with pytest.raises(InvalidSettings) as caught:
        load_any_settings(config)
    return str(caught.value).replace(str(config), "run.yaml")


@pytest.mark.parametrize(
    ("text", "message"), [case[1:] for case in INVALID], ids=[case[0] for case in INVALID]
)
def test_an_invalid_file_is_refused_in_a_line_with_key_value_and_way_out(
    tmp_path: Path, text: str, message: str
) -> None:
    said = load(tmp_path, text)
    assert len(said.splitlines()) == 1
    if message.endswith("..."):
        assert said.startswith(f"run.yaml: {message.removesuffix('...')}")
    else:
        assert said == f"run.yaml: {message}"


def test_fifty_files_and_more_are_tried() -> None:
    assert len({text for _, text, _ in INVALID}) == len(INVALID) >= 50


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ('[{"sample": {"model": "smollm2", "n": 0}}]', ": steps[0].sample[0].n is 0, wanted greater than or equal to 1; correct or unset it"),
        ('{"sample": 3}', ": steps is {'sample': 3}, wanted a list; correct or unset it"),
        ('["smaple"]', ": steps[0]: no step named 'smaple' (did you mean 'sample'?); known steps: "),
        ("sample", " is 'sample', wanted JSON with all of that setting; "),
    ],
    ids=["value", "map", "name", "no JSON"],
)  # fmt: skip
def test_steps_of_the_environment_are_refused_by_the_name_of_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str, message: str
) -> None:
    monkeypatch.setitem(os.environ, "WINNOW_STEPS", value)
    said = load(tmp_path, PROMPTS + LABEL)
    assert said.startswith(f"environment variable WINNOW_STEPS{message}")


@pytest.mark.parametrize(
    ("variable", "value", "rest"),
    [
        pytest.param("WINNOW_SAMPLE", '[{"model": "smollm2"}]', "steps: [compare]\n", id="sample"),
        pytest.param("WINNOW_STEPS", '["compare"]', "sample: [{model: smollm2}]\n", id="steps"),
    ],
)
def test_a_variable_that_clashes_with_the_file_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, rest: str
) -> None:
    monkeypatch.setenv(variable, value)
    assert load(tmp_path, PROMPTS + rest) == (
        f"environment variable {variable}: 'sample' stands beside 'steps'; write it as a step, or leave 'steps' out; "
        "correct or unset it"
    )


def test_the_environment_gives_a_run_its_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WINNOW_STEPS", '["compare", {"label": [{"verifier": "form"}]}]')
    config = tmp_path / "run.yaml"
    config.write_text(PROMPTS, "utf-8")
    stages = [one.stage for one in load_any_settings(config).sequence]
    assert stages == ["compare", "label", "aggregate", "keep", "assemble"]
