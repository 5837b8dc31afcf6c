"""Numbers that judges read from the real engine, against transformers with the same model: the same within 1e-3."""

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.pipelines.toy import (
    BEAM,
    RUN,
    answer,
    ask,
    compare_two,
    requests_about,
    stage,
)
from winnow.pipelines.asking.answer import answer as answer_requests
from winnow.pipelines.inference.models import BUILT_IN, STAND_INS, ModelRef, identify
from winnow.pipelines.inference.requests import ChatRequest, Completion
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.labelling.settings import JudgeSettings
from winnow.pipelines.labelling.subjects import subjects_for
from winnow.pipelines.labelling.views import read_views
from winnow.pipelines.steps.label import label
from winnow.schemas.judgments import Judgment
from winnow.schemas.responses import Response
from winnow.warehouse.staging import Staging

pytestmark = pytest.mark.engine

CLOSE = 1e-3
SKY = ask("Why is the sky blue?", reference="Air scatters blue light more than red light.")
GOOD = answer(SKY, "Sunlight meets the air, which scatters blue most — más que el rojo 日本.")
POOR = answer(SKY, "It is painted.\n\n")
RESPONSES = {r.response_id: r for r in (GOOD, POOR)}
ASPECT = {"positive": ["That is correct."], "negative": ["That is incorrect."]}
SHORT = {"max_critique_chars": 30, "probability": True}
ENTRIES = {
    "pairwise": {"judge": "pairwise", **SHORT},
    "rating": {"judge": "rating", "pointwise": True, **SHORT},
    "reference": {"judge": "reference_likelihood"},
    "follow_up": {"judge": "follow_up", "aspects": {"right": ASPECT}},
    "aligned": {"judge": "self_aligned"},
    "implicit": {"judge": "implicit_reward", "reference_model": "same"},
}


class Ran(NamedTuple):
    """What judges said, with what it was read from."""

    model: ModelRef
    staging: Staging
    store: CompletionStore
    entries: Mapping[str, JudgeSettings]

    def judgments(self, name: str) -> list[Judgment]:
        said = Judgment.from_table(self.staging.read(Judgment))
        return [j for j in said if j.annotator_id == self.entries[name].annotator_id]

    def numbers(self, name: str, response: Response) -> dict[str, float]:
        (judgment,) = (j for j in self.judgments(name) if j.subject_id == response.response_id)
        return {rating.attribute: rating.score for rating in judgment.ratings}

    def asked(self, name: str) -> Iterator[tuple[Judgment, ChatRequest, Completion]]:
        """List the judgments of a judge of one question with what it asked and got."""
        entry, judged = self.entries[name], self.judgments(name)
        for subject in subjects_for(entry, read_views(self.staging)):
            (request,) = requests_about(subject, entry, self.model)
            (judgment,) = (j for j in judged if j.request_id == request.request_id)
            yield judgment, request, self.store.get({request.request_id})[request.request_id]


def ran(folder: Path, model: ModelRef, entries: Mapping[str, Mapping[str, Any]]) -> Ran:
    staging = stage(folder / "run", SKY, GOOD, POOR, compare_two(GOOD, POOR))
    store = CompletionStore(folder / "store")
    built = {
        name: JudgeSettings.model_validate({"model": "small", **entry})
        for name, entry in entries.items()
    }
    answers = partial(answer_requests, store=store, beam=BEAM)
    models = {"small": model, "same": model}
    label(staging, list(built.values()), RUN, models=models, answer=answers, beam=BEAM)
    return Ran(model, staging, store, built)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, engines_closed: None) -> Ran:
    """The real small model, in whose number type both compute alike."""
    settings = BUILT_IN["smollm2"].model_copy(update={"dtype": "float32", "max_model_len": 2048})
    folder = tmp_path_factory.mktemp("exact")
    return ran(folder, identify(settings, folder, name="small"), ENTRIES)


class Direct:
    """The same model in transformers: log-probabilities by the place of a text in the whole, in characters."""

    def __init__(self, path: str) -> None:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        self.torch = torch
        self.tokenizer = AutoTokenizer.from_pretrained(path)
        self.model = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32).eval()

    def written(self, *turns: tuple[str, str]) -> str:
        """Write turns as the template does, the last one without its end."""
        told = [{"role": role, "content": text} for role, text in turns]
        whole = str(self.tokenizer.apply_chat_template(told, tokenize=False))
        assert whole.endswith(f"{turns[-1][1]}<|im_end|>\n")
        return whole.removesuffix("<|im_end|>\n")

    def places(self, ids: Sequence[int]) -> Any:
        """Give the log-probabilities of all tokens behind each token but the last; shape (n - 1, n_vocabulary)."""
        with self.torch.inference_mode():
            logits = self.model(self.torch.tensor([list(ids)])).logits[0, :-1]
        return logits.float().log_softmax(-1)

    def logprobs(self, text: str, *turns: tuple[str, str]) -> list[float]:
        """Give those of the tokens that hold a part of the text, with which the turns end."""
        whole = self.written(*turns)
        cut = self.tokenizer(whole, add_special_tokens=False, return_offsets_mapping=True)
        ids, begin = cut["input_ids"], len(whole) - len(text)
        chosen = [i for i, (_, end) in enumerate(cut["offset_mapping"]) if end > begin]
        places = self.places(ids)
        return [float(places[i - 1, ids[i]]) for i in chosen]

    def shares(self, request: ChatRequest, said: Completion, answers: Sequence[str]) -> list[float]:
        """Share out the probability of the ten likeliest tokens that the schema allows where the answer stands.

        Args:
            request: What was asked.
            said: The reply, whose last value is the answer.
            answers: All answers, each with the characters that end the reply.
        """
        told = [{"role": m.role, "content": m.content} for m in request.messages]
        ids = list(
            self.tokenizer.apply_chat_template(told, add_generation_prompt=True)["input_ids"]
        )
        at, begun = max(said.text.rindex(":") + 1, said.text.rfind(':"') + 2), ""
        for token in (t.token for t in said.token_logprobs):
            if len(token) > at:
                begun = token[:at]
                break
            at -= len(token)
            ids += self.tokenizer(token, add_special_tokens=False)["input_ids"]
        places = self.places([*ids, 0])[-1]
        likely = sorted(
            (
                (float(places[token]), answer)
                for token, spelt in enumerate(self.vocabulary)
                for answer in answers
                if spelt != begun
                and f"{begun}{answer}".startswith(spelt)
                and spelt.startswith(begun)
            ),
            reverse=True,
        )[:10]
        mass = [math.fsum(math.exp(p) for p, of in likely if of == a) for a in answers]
        return [one / math.fsum(mass) for one in mass]

    @cached_property
    def vocabulary(self) -> list[str]:
        """All tokens as text."""
        return [str(self.tokenizer.decode([i])) for i in range(len(self.tokenizer))]


@pytest.fixture(scope="module")
def direct(small: Ran) -> Direct:
    return Direct(small.model.path)


def mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


ASKED = ("user", "Why is the sky blue?")


@pytest.mark.parametrize("response", [GOOD, POOR], ids=["good", "poor"])
def test_likelihood_labels_are_those_of_the_model(
    small: Ran, direct: Direct, response: Response
) -> None:
    text, reference = str(response.text), str(SKY.reference)
    said = ("assistant", text)
    behind = ("assistant", f"{text}\n\nFinal answer:\n{reference}")
    of_reference = direct.logprobs(reference, ASKED, behind)
    found = small.numbers("reference", response)
    assert found["reference_likelihood.sum"] == pytest.approx(math.fsum(of_reference), abs=CLOSE)
    assert found["reference_likelihood"] == pytest.approx(mean(of_reference), abs=CLOSE)

    with_it, without = (direct.logprobs(text, asked, said) for asked in (ASKED, ("user", "")))
    found = small.numbers("aligned", response)
    assert found["self_aligned.with_prompt"] == pytest.approx(mean(with_it), abs=CLOSE)
    assert found["self_aligned.without_prompt"] == pytest.approx(mean(without), abs=CLOSE)
    ppl, alone = math.exp(-mean(with_it)), math.exp(-mean(without))
    assert found["self_aligned"] == pytest.approx(max(-1, (alone - ppl) / alone), abs=CLOSE)

    yes, no = (direct.logprobs(t, ASKED, said, ("user", t)) for (t,) in ASPECT.values())
    found = small.numbers("follow_up", response)
    assert found["follow_up.right"] == pytest.approx(mean(yes) - mean(no), abs=CLOSE)

    found = small.numbers("implicit", response)
    assert found["implicit_reward.model"] == pytest.approx(math.fsum(with_it), abs=CLOSE)
    assert found["implicit_reward"] == 0.0


def test_the_probability_of_a_verdict_is_that_of_the_model(small: Ran, direct: Direct) -> None:
    n_known = 0
    for judgment, request, said in small.asked("pairwise"):
        if judgment.probability is None:
            continue
        n_known += 1
        first, second, tie = direct.shares(
            request, said, [f'{v}"}}' for v in ("first", "second", "tie")]
        )
        b = second if judgment.order == "ab" else first
        assert judgment.probability == pytest.approx(b + tie / 2, abs=CLOSE)
    assert n_known


def test_the_distribution_of_a_rating_is_that_of_the_model(small: Ran, direct: Direct) -> None:
    n_known = 0
    for judgment, request, said in small.asked("rating"):
        (rating,) = judgment.ratings
        if rating.distribution is None:
            continue
        n_known += 1
        shares = direct.shares(request, said, [f"{n}}}" for n in range(1, 6)])
        assert [one.share for one in rating.distribution] == pytest.approx(shares, abs=CLOSE)
        expected = sum(i * share for i, share in enumerate(shares, 1))
        assert rating.expected == pytest.approx(expected, abs=CLOSE)
    assert n_known


def test_a_reward_is_the_score_of_the_model(
    tmp_path: Path, models_dir: Path, engines_closed: None
) -> None:
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    model = identify(STAND_INS["tiny-reward"], models_dir, name="small")
    found = ran(tmp_path, model, {"reward": {"judge": "reward"}})
    tokenizer = AutoTokenizer.from_pretrained(model.path)
    scorer = AutoModelForSequenceClassification.from_pretrained(model.path, dtype=torch.float32)
    for response in RESPONSES.values():
        told = [
            {"role": "user", "content": "Why is the sky blue?"},
            {"role": "assistant", "content": response.text},
        ]
        ids = tokenizer.apply_chat_template(told, return_tensors="pt")["input_ids"]
        with torch.inference_mode():
            score = float(scorer.eval()(ids).logits[0, 0])
        assert found.numbers("reward", response) == {"reward": pytest.approx(score, abs=CLOSE)}
