"""A table of comparisons that people fill in with any spreadsheet program."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from annotation.judge import ComparisonView
from annotation.queues.display import response_text
from schemas.errors import MalformedInput
from schemas.ids import content_id
from schemas.judgments import Judgment, Order

COLUMNS = (
    "comparison",
    "conversation",
    "response_1",
    "response_2",
    "better",
    "why",
    "who",
    "shown",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_sheet(path: Path, views: Sequence[ComparisonView], seed: int) -> None:
    """Write comparisons in random order of their responses, without a word on who wrote them.

    A cell that a spreadsheet program would take for a formula gets an apostrophe before it. The column `shown` keeps
    the order of the responses, "ab" or "ba", so that a verdict means what its row showed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.tmp")
    with beside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for view in views:
            order = _order(view.comparison_id, seed)
            first, second = view.shown(order)
            turns = (f"{turn.role}: {turn.text()}" for turn in view.prompt.messages)
            row = (
                view.comparison_id,
                "\n\n".join(turns),
                response_text(first),
                response_text(second),
            )
            writer.writerow(dict(zip(COLUMNS, map(_plain, row), strict=False)) | {"shown": order})
    beside.replace(path)


def read_sheet(path: Path, views: Sequence[ComparisonView], seed: int) -> list[Judgment]:
    """Read what was filled in; rows about other comparisons, and rows without `better`, are left out.

    Raises:
        MalformedInput: A column is missing, `better` is neither 1 nor 2 nor tie, or `shown` neither ab nor ba.
    """
    if not path.exists():
        return []
    wanted = {view.comparison_id: view for view in views}
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        missing = sorted({"comparison", "better"} - set(reader.fieldnames or ()))
        if missing:
            raise MalformedInput(
                f"{path} has no column {missing[0]!r}; keep the columns {', '.join(COLUMNS)}"
            )
        rows = [(reader.line_num, row) for row in reader]
    filled = ((n, row) for n, row in rows if (row["better"] or "").strip())
    return [
        _judgment(path, n, row, _order_shown(f"{path}:{n}", row, wanted[row["comparison"]], seed))
        for n, row in filled
        if row["comparison"] in wanted
    ]


def _order_shown(
    place: str, row: Mapping[str, str | None], view: ComparisonView, seed: int
) -> Order:
    """Give the order that a row of a sheet shows: what it says, else what its texts are, else that of the seed."""
    said = (row.get("shown") or "").strip().lower()
    if said in ("ab", "ba"):
        return cast(Order, said)
    if said:
        raise MalformedInput(
            f"{place}: shown is {row['shown']!r}, wanted ab or ba as it was written"
        )
    orders: tuple[Order, ...] = ("ab", "ba")
    texts = tuple((row.get(name) or "").split() for name in ("response_1", "response_2"))
    shown = {
        order: tuple(_plain(response_text(r)).split() for r in view.shown(order))
        for order in orders
    }
    fitting = [order for order in orders if shown[order] == texts]
    return fitting[0] if len(fitting) == 1 else _order(view.comparison_id, seed)


def _judgment(path: Path, line: int, row: dict[str, str], order: Order) -> Judgment:
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
