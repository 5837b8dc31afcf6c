from itertools import combinations
from pathlib import Path

from tests.pipelines.toy import RUN, answer, ask, compare_two, judge_one, stage
from winnow.pipelines.filters.contents import mark_contents
from winnow.pipelines.filters.read import read_cases
from winnow.pipelines.pairing.contents import content_keys
from winnow.pipelines.steps.aggregate import AggregateSettings, aggregate_judgments
from winnow.schemas.prompts import Message, ToolCall
from winnow.schemas.responses import Response

PROMPT = ask("Say something.")
TEXTS = (
    "", " \n", "\u200b", "...", "<|im_end|>",
    "Paris", " Paris\n", "Paris<|im_end|>", "Pa\u200bris", "Rapis", "paris",
    "a > b", "a  > b", "café", "cafe\u0301", "cafe", "\u212a2", "K2", "你好", "你好 ", "你们好",
)  # fmt: skip
CALL = ToolCall(name="look", arguments='{"at": "map"}')
TURNS = (Message(role="assistant", content="Paris", tool_calls=(CALL,)),)


def responses() -> list[Response]:
    return [
        *(answer(PROMPT, text, f"m{i}") for i, text in enumerate(TEXTS)),
        answer(PROMPT, "", "caller", tool_calls=(CALL,)),
        answer(PROMPT, "", "other caller", tool_calls=(CALL,)),
        answer(PROMPT, "Paris", "walker", turns=TURNS),
    ]


def test_what_looks_the_same_is_found_though_most_texts_are_only_counted(tmp_path: Path) -> None:
    said = responses()
    pairs = [compare_two(one, other) for one, other in combinations(said, 2)]
    votes = [judge_one(pair, "a") for pair in pairs]
    staging = stage(tmp_path, PROMPT, *said, *pairs, *votes)
    aggregate_judgments(staging, AggregateSettings(), RUN)
    cases = mark_contents(read_cases(staging), staging)
    keys = content_keys(staging.read(Response))
    wanted = {
        pair.comparison_id: [keys[response_id] for response_id in pair.response_ids]
        for pair in pairs
    }
    found = [(case.comparison_id, case.n_empty, case.n_repeated) for case in cases]
    assert found == [(i, wanted[i].count(None), 2 - len(set(wanted[i]))) for i in sorted(wanted)]
    assert {0, 1, 2} == set(cases.n_empty.tolist())
