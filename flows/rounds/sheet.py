"""A table of comparisons that people fill in with any spreadsheet program."""

import csv
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import cast

from winnow.annotation.judge import ComparisonView
from winnow.annotation.queues.display import as_text, response_text
from winnow.pipelines.reading.defects import Defect
from winnow.pipelines.reading.fields import as_code
from winnow.pipelines.reading.formats.delimited import read_delimited
from winnow.pipelines.reading.formats.row import Row
from winnow.schemas.errors import MalformedInput
from winnow.schemas.ids import content_id
from winnow.schemas.judgments import Judgment, Order
from winnow.schemas.whole_files import whole_file

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
    with whole_file(path) as draft, draft.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for view in views:
            order = _order(view.comparison_id, seed)
            first, second = view.shown(order)
            row = (
                view.comparison_id,
                as_text(view.prompt),
                response_text(first),
                response_text(second),
            )
            writer.writerow(dict(zip(COLUMNS, map(_plain, row), strict=False)) | {"shown": order})


def read_sheet(
    path: Path, views: Sequence[ComparisonView], seed: int, *, encoding: str | None = None
) -> list[Judgment]:
    """Read what was filled in; rows about other comparisons, and rows without `better`, are left out.

    A sheet is read as any other input is: with the delimiter and the encoding that a spreadsheet program gave it.

    Args:
        path: The sheet.
        views: The comparisons that were written to it.
        seed: That of `write_sheet`.
        encoding: Of the sheet; None for that of its byte-order mark, and UTF-8 where it has none.

    Raises:
        MalformedInput: It cannot be read, a column is missing, `better` is neither 1 nor 2 nor tie, or `shown` neither
            ab nor ba.
    """
    if not path.exists():
        return []
    wanted = {view.comparison_id: view for view in views}
    rows = read_delimited(path, str(path), ",", partial(_checked, path), encoding=encoding)
    filled = ((row.place, cells) for row in rows if _said(cells := _cells(row), "better"))
    return [
        _judgment(place, cells, _order_shown(place, cells, view, seed))
        for place, cells in filled
        if (view := wanted.get(_said(cells, "comparison")))
    ]


def _checked(path: Path, found: list[str]) -> list[str]:
    missing = sorted({"comparison", "better"} - set(found))
    if missing:
        raise MalformedInput(
            f"{path} has no column {missing[0]!r}; keep the columns {', '.join(COLUMNS)}"
        )
    return found


def _cells(row: Row) -> dict[str, str | None]:
    if isinstance(row.data, Defect):
        raise MalformedInput(f"{row.place}: {row.data.detail}")
    return row.data


def _said(cells: dict[str, str | None], column: str) -> str:
    return (cells.get(column) or "").strip()


def _order_shown(
    place: str, cells: dict[str, str | None], view: ComparisonView, seed: int
) -> Order:
    """Return the order that a row of a sheet shows: what it says, else what its texts are, else that of the seed."""
    said = _said(cells, "shown").lower()
    if said in ("ab", "ba"):
        return cast(Order, said)
    if said:
        raise MalformedInput(
            f"{place}: shown is {cells['shown']!r}, wanted ab or ba as it was written"
        )
    orders: tuple[Order, ...] = ("ab", "ba")
    texts = tuple(_said(cells, name).split() for name in ("response_1", "response_2"))
    shown = {
        order: tuple(_plain(response_text(r)).split() for r in view.shown(order))
        for order in orders
    }
    fitting = [order for order in orders if shown[order] == texts]
    return fitting[0] if len(fitting) == 1 else _order(view.comparison_id, seed)


def _judgment(place: str, cells: dict[str, str | None], order: Order) -> Judgment:
    comparison_id = _said(cells, "comparison")
    verdicts = {"1": order[0], "2": order[1], "tie": "tie"}
    # Programs that write a column of numbers with gaps make 1.0 of 1, in some countries 1,0.
    said = as_code(_said(cells, "better").lower().replace(",", "."))
    if said not in verdicts:
        raise MalformedInput(f"{place}: better is {cells['better']!r}, wanted 1, 2 or tie")
    return Judgment.model_validate(
        {
            "comparison_id": comparison_id,
            "annotator_id": f"human:{_said(cells, 'who') or 'sheet'}",
            "kind": "human",
            "order": order,
            "verdict": verdicts[said],
            "rationale": _said(cells, "why"),
            "request_id": content_id(["sheet", comparison_id]),
        }
    )


def _order(comparison_id: str, seed: int) -> Order:
    return "ab" if int(content_id([seed, "sheet", comparison_id])[0], 16) % 2 else "ba"


def _plain(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
