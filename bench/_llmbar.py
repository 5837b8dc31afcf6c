"""The judges' questions of the development set llmbar as rubrics, with what the judges said by them and without."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from winnow.schemas.comparisons import Comparison
from winnow.schemas.ids import content_id
from winnow.schemas.judgments import Gold, Judgment, Verdict
from winnow.schemas.prompts import Message, Prompt
from winnow.schemas.responses import Response
from winnow.schemas.rubrics import Criterion, Rubric
from winnow.schemas.sides import OTHER_ORDER, OTHER_VERDICT
from winnow.warehouse.staging import Staging

BY_RUBRIC, WITHOUT = "Metrics", "Vanilla"
"""What a judge's name ends with where it judged by its own questions, and where by nothing but the prompt."""


def stage_llmbar(folder: Path, root: Path) -> tuple[Staging, dict[str, str]]:
    """Stage the set; gives the staging, and for each judge by rubrics the same judge without.

    Args:
        folder: Holds pairs, judgments and gold.
        root: Where to stage it.
    """
    pairs = {}
    for row in pq.read_table(folder / "pairs.parquet").to_pylist():
        prompt = Prompt(
            messages=(Message(role="user", content=row["prompt"]),),
            source=f"llmbar:{row['item_id']}",
        )
        a, b = (
            Response(prompt_id=prompt.prompt_id, text=row[f"response_{side}"], model=side)
            for side in "ab"
        )
        ids = (a.response_id, b.response_id)
        comparison = Comparison(prompt_id=prompt.prompt_id, response_ids=ids, strategy="imported")
        pairs[row["item_id"]] = prompt, (a, b), comparison
    said = pq.read_table(folder / "judgments.parquet").to_pylist()
    rubrics = dict(_rubrics(said, pairs))
    judgments = list(_judgments(said, pairs, rubrics))
    gold = [
        Gold(
            comparison_id=pairs[row["item_id"]][2].comparison_id,
            verdict=_of_sides(row["verdict"], pairs[row["item_id"]]),
            basis="authors",
        )
        for row in pq.read_table(folder / "gold.parquet").to_pylist()
    ]
    staging = Staging(root)
    staging.write(Prompt, {p.prompt_id: p for p, _, _ in pairs.values()}.values())
    staging.write(
        Response, {r.response_id: r for _, both, _ in pairs.values() for r in both}.values()
    )
    staging.write(Comparison, {c.comparison_id: c for _, _, c in pairs.values()}.values())
    staging.write(Judgment, {j.judgment_id: j for j in judgments}.values())
    staging.write(Gold, gold)
    staging.write(Rubric, [rubric for rubric, _ in rubrics.values()])
    staging.write(Criterion, [c for _, criteria in rubrics.values() for c in criteria])
    judges = {name.rpartition("/")[0] for name in {row["annotator"] for row in said}}
    return staging, {f"{name}/{BY_RUBRIC}": f"{name}/{WITHOUT}" for name in sorted(judges)}


def _of_sides(verdict: Verdict, pair: tuple[Any, ...]) -> Verdict:
    """Name the response as the comparison does, whose ids stand in order."""
    _, (a, _), comparison = pair
    return verdict if comparison.response_ids[0] == a.response_id else OTHER_VERDICT[verdict]


def _rubrics(
    said: list[dict[str, Any]], pairs: dict[str, Any]
) -> Iterator[tuple[tuple[str, str], tuple[Rubric, list[Criterion]]]]:
    for row in said:
        if not row["annotator"].endswith(f"/{BY_RUBRIC}") or row["order"] != "ab":
            continue
        prompt, _, _ = pairs[row["item_id"]]
        parts = re.split(r"(?m)^\s*\d+[.)]\s*", row["criteria"])
        questions = list(dict.fromkeys(filter(None, map(str.strip, parts))))
        author = row["annotator"]
        rubric_id = content_id([prompt.prompt_id, author, questions])
        rubric = Rubric(
            rubric_id=rubric_id,
            name=f"{row['item_id']}, {author}",
            prompt_id=prompt.prompt_id,
            source=author,
        )
        criteria = [
            Criterion(
                criterion_id=content_id([rubric_id, "checklist", text]),
                rubric_id=rubric_id,
                kind="checklist",
                text=text,
                source=author,
            )
            for text in questions
        ]
        yield (row["item_id"], author), (rubric, criteria)


def _judgments(
    said: list[dict[str, Any]], pairs: dict[str, Any], rubrics: dict[Any, Any]
) -> Iterator[Judgment]:
    for row in said:
        if row["annotator"].rpartition("/")[2] not in (BY_RUBRIC, WITHOUT):
            continue
        known = rubrics.get((row["item_id"], row["annotator"]))
        pair = pairs[row["item_id"]]
        is_as_stored = _of_sides("a", pair) == "a"
        yield Judgment.model_validate(
            {
                "comparison_id": pair[2].comparison_id,
                "annotator_id": row["annotator"],
                "kind": "llm",
                "order": row["order"] if is_as_stored else OTHER_ORDER[row["order"]],
                "verdict": _of_sides(row["verdict"], pair),
                "rationale": row["rationale"] or "",
                "rubric_id": known[0].rubric_id if known else None,
            }
        )
