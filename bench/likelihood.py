"""Measure what numbers of a small model are worth against gold: follow-ups, relative perplexity, verdict probability.

Run as `python -m bench likelihood`. The built-in small instruct model rates the responses of comparisons that people or their
authors decided: those of the examples, and seeded samples of the development sets in ../shared/data (or of $WINNOW_SHARED/data).
Accuracy is the share decided as gold did, a tie counting half, with its 95 % interval over prompts; `spearman` is the rank
correlation of the number with the length of the response within a prompt, and the last two columns say how often the winner is
simply the shortest or the longest. `longer` and `shorter` are what length alone gives. `--markdown` prints the table as a page has it.
"""

import argparse
import json
import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow.parquet as pq

from bench._history import ROOT, keep
from bench._length_audit import LengthAudit, audit_length
from bench.labels import shared_folder
from winnow.annotation.evaluation.estimates import Estimate, share_of
from winnow.pipelines.asking.answer import answer
from winnow.pipelines.beam import BeamSettings
from winnow.pipelines.inference.models import BUILT_IN, identify
from winnow.pipelines.inference.open_engines import close_engines
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.labelling.settings import JudgeSettings
from winnow.pipelines.steps.label import label
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import Judgment
from winnow.schemas.prompts import Message, Prompt
from winnow.schemas.responses import Response
from winnow.warehouse.staging import Staging

MODEL = "smollm2"
SAME = "the same model"
RUN = "r" * 64
EXAMPLES = ROOT / "examples" / "quickstart"
ASPECTS = {
    "correctness": {"positive": ["That is correct."], "negative": ["That is incorrect."]},
    "instruction": {
        "positive": ["You did everything that I asked for."],
        "negative": ["You did not do what I asked for."],
    },
}
JUDGES: tuple[Mapping[str, object], ...] = (
    {"judge": "follow_up", "aspects": ASPECTS},
    {"judge": "self_aligned"},
    {"judge": "implicit_reward", "reference_model": SAME},  # for the plain sums
    {"judge": "reference_likelihood"},
    {"judge": "pairwise", "probability": True, "max_critique_chars": 60},
)
SHOWN = {
    "follow_up": "follow-up likelihood",
    "follow_up.correctness": "follow-up likelihood, correctness alone",
    "self_aligned": "relative perplexity",
    "self_aligned.with_prompt": "mean log-probability of the response",
    "implicit_reward.model": "sum of log-probabilities of the response",
    "reference_likelihood": "likelihood of the reference",
}
HEADS = ("set", "number", "accuracy", "95 %", "of", "spearman", "shortest wins", "longest wins")


class GoldPair(NamedTuple):
    """A comparison that is decided."""

    prompt: Prompt
    better: Response
    worse: Response


class Figures(NamedTuple):
    """What one number proved to be worth on one set."""

    accuracy: Estimate
    length: LengthAudit


def main() -> None:
    """Print a line for each number on each set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=24, help="comparisons of each development set")
    parser.add_argument(
        "--max-chars", type=int, default=900, help="longest comparison, in characters"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--markdown", action="store_true", help="print the table as a page has it")
    options = parser.parse_args()
    sets = {"examples": list(_examples())}
    for name in ("pandalm", "llmbar"):
        found = [p for p in _development(name) if _n_chars(p) <= options.max_chars]
        sets[name] = random.Random(options.seed).sample(found, min(options.n, len(found)))
    everything = [pair for pairs in sets.values() for pair in pairs]
    with tempfile.TemporaryDirectory() as scratch:
        judgments = _judged(everything, Path(scratch))
    close_engines()
    lines = [HEADS]
    for name, pairs in {**sets, "all": everything}.items():
        for number, figures in _measured(pairs, judgments):
            lines.append(_cells(name, number, figures))
            if name == "all":
                keep(f"accuracy of {number} over a coin's", figures.accuracy.value / 0.5)
    _show(lines, is_markdown=options.markdown)


def _examples() -> Iterator[GoldPair]:
    """Read the decided comparisons of the quickstart in which nobody calls a tool."""
    rows = _lines(EXAMPLES / "prompts.jsonl")
    asked = {row["id"]: row for row in rows if row.get("responses") and not row.get("tools")}
    for gold in _lines(EXAMPLES / "gold.jsonl"):
        row = asked.get(gold["prompt"])
        if row is None or gold["verdict"] == "tie":
            continue
        turns = tuple(Message.model_validate(turn) for turn in row["messages"])
        prompt = Prompt(messages=turns, reference=row.get("reference"), source=row["id"])
        said = {one["model"]: one["text"] for one in row["responses"]}
        names = (gold["a"], gold["b"]) if gold["verdict"] == "a" else (gold["b"], gold["a"])
        yield _pair(prompt, *(said[name] for name in names))


def _lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines() if line.strip()]


def _development(name: str) -> Iterator[GoldPair]:
    """Read the decided comparisons of a development set whose responses both say something; none where it is not there."""
    folder = shared_folder() / "data" / name
    if not folder.is_dir():
        return
    verdicts = {
        row["item_id"]: row["verdict"] for row in pq.read_table(folder / "gold.parquet").to_pylist()
    }
    for row in pq.read_table(folder / "pairs.parquet").to_pylist():
        texts = [row["response_a"], row["response_b"]]
        verdict = verdicts.get(row["item_id"])
        if verdict not in ("a", "b") or not all(map(str.strip, texts)) or len(set(texts)) < 2:
            continue
        asked = (Message(role="user", content=row["prompt"]),)
        prompt = Prompt(messages=asked, source=f"{name}:{row['item_id']}")
        yield _pair(prompt, *(texts if verdict == "a" else reversed(texts)))


def _pair(prompt: Prompt, better: str, worse: str) -> GoldPair:
    responses = (
        Response(prompt_id=prompt.prompt_id, text=text, model="someone") for text in (better, worse)
    )
    return GoldPair(prompt, *responses)


def _n_chars(pair: GoldPair) -> int:
    texts = (*(turn.text() for turn in pair.prompt.messages), pair.better.text, pair.worse.text)
    return sum(len(text or "") for text in texts)


def _judged(pairs: Sequence[GoldPair], folder: Path) -> list[Judgment]:
    """Have all judges at work with the real engine."""
    staging = Staging(folder / "run")
    staging.write(Prompt, {p.prompt.prompt_id: p.prompt for p in pairs}.values())
    both = [r for p in pairs for r in (p.better, p.worse)]
    staging.write(Response, {r.response_id: r for r in both}.values())
    staging.write(Comparison, {c.comparison_id: c for c in map(_comparison, pairs)}.values())
    entries = [JudgeSettings.model_validate({"model": MODEL, **judge}) for judge in JUDGES]
    models = dict.fromkeys((MODEL, SAME), identify(BUILT_IN[MODEL], folder, name=MODEL))
    beam = BeamSettings()
    answers = partial(answer, store=CompletionStore(folder / "completions"), beam=beam)
    label(staging, entries, RUN, models=models, answer=answers, beam=beam)
    return Judgment.from_table(staging.read(Judgment))


def _comparison(pair: GoldPair) -> Comparison:
    ids = (pair.better.response_id, pair.worse.response_id)
    return Comparison(prompt_id=pair.prompt.prompt_id, response_ids=ids, strategy="imported")


def _measured(
    pairs: Sequence[GoldPair], judgments: Sequence[Judgment]
) -> Iterator[tuple[str, Figures]]:
    """Measure every number on some comparisons."""
    rated = {
        (rating.response_id, rating.attribute): rating.score
        for judgment in judgments
        if judgment.subject_kind == "response"
        for rating in judgment.ratings
    }
    for attribute, shown in SHOWN.items():
        found = {r: score for (r, name), score in rated.items() if name == attribute}
        if figures := _figures(pairs, found):
            yield shown, figures
    if figures := _of_verdicts(pairs, judgments):
        yield "verdict probability, both orders", figures
    for shown, sign in (("longer", 1.0), ("shorter", -1.0)):
        lengths = {
            r.response_id: sign * len(r.text or "") for p in pairs for r in (p.better, p.worse)
        }
        if figures := _figures(pairs, lengths):
            yield shown, figures


def _figures(pairs: Sequence[GoldPair], rated: Mapping[str, float]) -> Figures | None:
    """Measure a number of each response on the comparisons of which both have it."""
    known = [p for p in pairs if p.better.response_id in rated and p.worse.response_id in rated]
    gaps = [rated[p.better.response_id] - rated[p.worse.response_id] for p in known]
    ratings = [rated[r.response_id] for p in known for r in (p.better, p.worse)]
    return _together(known, gaps, ratings)


def _of_verdicts(pairs: Sequence[GoldPair], judgments: Sequence[Judgment]) -> Figures | None:
    """Measure the probability that the judge of pairs gives, the mean of both orders."""
    said: dict[str, list[float]] = {}
    for judgment in judgments:
        if judgment.comparison_id and judgment.probability is not None:
            said.setdefault(judgment.comparison_id, []).append(judgment.probability)
    known, gaps, ratings = list[GoldPair](), list[float](), list[float]()
    for pair in pairs:
        comparison = _comparison(pair)
        if stated := said.get(comparison.comparison_id):
            p = float(np.mean(stated))  # of b
            of_better = p if comparison.response_ids[1] == pair.better.response_id else 1 - p
            known.append(pair)
            gaps.append(2 * of_better - 1)
            ratings += [of_better, 1 - of_better]
    return _together(known, gaps, ratings)


def _together(
    pairs: Sequence[GoldPair], gaps: Sequence[float], ratings: Sequence[float]
) -> Figures | None:
    right = (1 + np.sign(np.array(gaps))) / 2
    _, prompt = np.unique([p.prompt.prompt_id for p in pairs], return_inverse=True)
    accuracy = share_of(right, prompt)
    if accuracy is None:
        return None
    lengths = np.array([len(r.text or "") for p in pairs for r in (p.better, p.worse)], float)
    of_pair = np.repeat(np.arange(len(pairs)), 2)
    return Figures(accuracy, audit_length(np.array(ratings), lengths, of_pair))


def _cells(name: str, number: str, figures: Figures) -> tuple[str, ...]:
    accuracy, length = figures
    ends = (accuracy.low, accuracy.high)
    between = "" if None in ends else " to ".join(f"{end:.2f}" for end in ends)
    audited = (length.spearman, length.shortest, length.longest)
    return (
        name,
        number,
        f"{accuracy.value:.2f}",
        between,
        str(accuracy.n),
        *("" if value is None else f"{value:.2f}" for value in audited),
    )


def _show(lines: Sequence[tuple[str, ...]], *, is_markdown: bool) -> None:
    if is_markdown:
        head, *rows = lines
        for cells in (head, ("---",) * len(head), *rows):
            print(f"| {' | '.join(cells)} |")
        return
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for cells in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)))


if __name__ == "__main__":
    main()
