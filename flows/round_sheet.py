"""A table of comparisons that people fill in with any spreadsheet program."""

import csv
from collections.abc import Sequence
from pathlib import Path

from annotation.judge import ComparisonView
from annotation.queues.display import as_text, response_text
from schemas.errors import MalformedInput
from schemas.ids import content_id
from schemas.judgments import Judgment, Order

COLUMNS = ("comparison", "conversation", "response_1", "response_2", "better", "why", "who")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_sheet(path: Path, views: Sequence[ComparisonView], seed: int) -> None:
    """Write comparisons in random order of their responses, without a word on who wrote them.

    A cell that a spreadsheet program would take for a formula gets an apostrophe before it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.tmp")
    with beside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for view in views:
            first, second = view.shown(_order(view.comparison_id, seed))
            row = (
                view.comparison_id,
                as_text(view.prompt),
                response_text(first),
                response_text(second),
            )
            writer.writerow(dict(zip(COLUMNS, map(_plain, row), strict=False)))
    beside.replace(path)


def read_sheet(path: Path, views: Sequence[ComparisonView], seed: int) -> list[Judgment]:
    """Read what was filled in; rows about other comparisons, and rows without `better`, are left out.

    Raises:
        MalformedInput: A column is missing, or `better` is neither 1 nor 2 nor tie.
    """
    if not path.exists():
        return []
    wanted = {view.comparison_id for view in views}
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        missing = sorted({"comparison", "better"} - set(reader.fieldnames or ()))
        if missing:
            raise MalformedInput(
                f"{path} has no column {missing[0]!r}; keep the columns {', '.join(COLUMNS)}"
            )
        rows = [(reader.line_num, row) for row in reader]
    filled = ((n, row) for n, row in rows if (row["better"] or "").strip())
    return [_judgment(path, n, row, seed) for n, row in filled if row["comparison"] in wanted]


def _judgment(path: Path, line: int, row: dict[str, str], seed: int) -> Judgment:
    order = _order(row["comparison"], seed)
    said = row["better"].strip().lower()
    verdicts = {"1": order[0], "2": order[1], "tie": "tie"}
    if said not in verdicts:
        raise MalformedInput(f"{path}:{line}: better is {row['better']!r}, wanted 1, 2 or tie")
    who = (row.get("who") or "").strip() or "sheet"
    return Judgment.model_validate(
        {
            "comparison_id": row["comparison"],
            "annotator_id": f"human:{who}",
            "kind": "human",
            "order": order,
            "verdict": verdicts[said],
            "rationale": (row.get("why") or "").strip(),
            "request_id": content_id(["sheet", row["comparison"]]),
        }
    )


def _order(comparison_id: str, seed: int) -> Order:
    return "ab" if int(content_id([seed, "sheet", comparison_id])[0], 16) % 2 else "ba"


def _plain(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
