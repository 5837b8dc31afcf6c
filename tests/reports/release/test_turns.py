from pathlib import Path

from tests import toy
from tests.reports.release.test_write import Page
from winnow.reports.release import write_report
from winnow.schemas.panel_turns import PanelTurn
from winnow.warehouse.audit import audit
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.publish import publish
from winnow.warehouse.staging import Staging


def test_the_page_shows_the_turns_behind_a_vote_and_their_words_do_not_act(
    warehouse: Warehouse, staging: Staging, tmp_path: Path
) -> None:
    vote = toy.judgments()[0]
    first = PanelTurn(
        judgment_id=vote.judgment_id,
        turn=1,
        round=1,
        role="advocate of first",
        model="small",
        request_id="r1",
        text="<script>alert(1)</script> the moon",
        note="repeated",
    )
    judge = first.model_copy(
        update={"turn": 2, "round": 2, "role": "judge", "saw": (1,), "verdict": "a", "note": "", "text": "so"}
    )  # fmt: skip
    staging.write(PanelTurn, [first, judge])
    publish(warehouse, staging, toy.run(), "preferences", audit(staging, warehouse))
    page = Page(write_report(warehouse, "preferences@1", tmp_path / "page.html"))
    assert "2 turns" in page.text
    assert "advocate of first small repeated <script>alert(1)</script> the moon" in page.text
    assert "judge small, saw 1 a so" in page.text
    assert "script" not in page.tags
    told = "select turn, role, saw from panel_turns order by turn"
    assert warehouse.query(told, at="preferences@1").to_pylist() == [
        {"turn": 1, "role": "advocate of first", "saw": []},
        {"turn": 2, "role": "judge", "saw": [1]},
    ]
