from pathlib import Path

import pytest

from tests import toy
from tests.pipelines.toy import RUN
from winnow.pipelines.guard import (
    RequestTally,
    annotators_asked,
    doubts_of_release,
    doubts_of_requests,
    stop_for,
)
from winnow.schemas.errors import Unpublishable
from winnow.schemas.judgments import Judgment
from winnow.schemas.preferences import Preference
from winnow.schemas.rejects import Reject
from winnow.schemas.runs import ReasonCount, StageCount
from winnow.warehouse.staging import Staging

EMPTY = StageCount(
    stage="compare",
    unit="comparisons",
    n_in=3,
    n_out=0,
    rejects=(ReasonCount(reason="no_pair", n=3),),
)


def asked_of_server(n: int, n_refused: int = 0, n_broken: int = 0) -> RequestTally:
    words = [("status 400: no", n_refused), ("status 500", n_broken)]
    failed = tuple((said, n_failed) for said, n_failed in words if n_failed)
    return RequestTally("models.srv", n, failed=failed, n_owed=n_broken)


@pytest.mark.parametrize(
    ("n_failed", "reasons"), [(0, []), (4, []), (5, ["refused"]), (10, ["refused"])]
)
def test_a_model_that_half_of_its_requests_failed_at_is_refused(
    n_failed: int, reasons: list[str]
) -> None:
    asked = asked_of_server(10, n_refused=n_failed)
    assert [doubt.reason for doubt in doubts_of_requests([asked])] == reasons


@pytest.mark.parametrize(
    ("n_failed", "reasons"), [(9, []), (10, ["owed"]), (50, ["owed", "refused"])]
)
def test_a_tenth_that_a_server_broke_down_over_is_asked_again_before_anything_is_published(
    n_failed: int, reasons: list[str]
) -> None:
    asked = asked_of_server(100, n_broken=n_failed)
    assert [doubt.reason for doubt in asked.doubts()] == reasons


def test_what_was_refused_and_what_could_not_be_read_add_up(tmp_path: Path) -> None:
    staging = Staging(tmp_path)
    ids = [c.comparison_id for c in toy.comparisons()]
    read, unread = (
        Judgment(
            comparison_id=ids[i],
            annotator_id="a b@1:m",
            kind="llm",
            order="ab",
            verdict=verdict,
            rationale="Hm.",
        )
        for i, verdict in ((0, "a"), (1, "invalid"))
    )
    refused = Reject(
        run_id=RUN,
        stage="label",
        record="judgment",
        record_id=f"a b@1:m {ids[2]} ab",
        reason="engine_error",
        detail="out",
    )
    staging.write(Judgment, [read, unread])
    staging.write(Reject, [refused])
    (asked,) = annotators_asked(staging)
    assert asked == ("a b@1:m", 3, (("out", 1),), (("Hm.", 1),), 1)
    owed, unread = asked.doubts()
    assert owed.what == 'a b@1:m: 1 of 3 requests failed and may succeed later, once "out"'
    assert unread == (
        "unread",
        'a b@1:m: 1 of 3 replies could not be read and 1 got none, once "Hm."',
    )


def test_what_a_person_put_aside_and_what_a_verifier_cannot_measure_is_no_doubt(
    tmp_path: Path,
) -> None:
    staging = Staging(tmp_path)
    comparison_id = toy.comparisons()[0].comparison_id
    aside = Judgment(
        comparison_id=comparison_id,
        annotator_id="ann",
        kind="human",
        verdict="invalid",
        is_discarded=True,
    )
    unmeasured = Reject(
        run_id=RUN,
        stage="label",
        record="judgment",
        record_id=f"v@1 {comparison_id}",
        reason="no_reference",
    )
    staging.write(Judgment, [aside])
    staging.write(Reject, [unmeasured])
    assert doubts_of_requests(annotators_asked(staging)) == []


def test_an_empty_release_says_where_its_rows_were_lost(tmp_path: Path) -> None:
    (doubt,) = doubts_of_release(Staging(tmp_path), [EMPTY])
    assert doubt == ("empty", "the release would be empty (compare rejected 3 no_pair)")


@pytest.mark.parametrize(("n_tied", "reasons"), [(1, []), (2, ["ties_only"])])
def test_a_release_of_ties_alone_is_a_doubt(
    tmp_path: Path, n_tied: int, reasons: list[str]
) -> None:
    rows = [p.model_copy(update={"is_tied": i < n_tied}) for i, p in enumerate(toy.preferences())]
    staging = Staging(tmp_path)
    staging.write(Preference, rows)
    assert [doubt.reason for doubt in doubts_of_release(staging, [])] == reasons


def test_the_error_gives_the_setting_that_allows_all_of_it() -> None:
    doubts = [
        *asked_of_server(2, n_refused=2).doubts(),
        *doubts_of_release(Staging(Path("nowhere")), [EMPTY]),
    ]
    stop_for(doubts, ["empty", "refused"])
    with pytest.raises(Unpublishable, match=r"allow: \[ties_only, refused, empty\]$"):
        stop_for(doubts, ["ties_only"])
