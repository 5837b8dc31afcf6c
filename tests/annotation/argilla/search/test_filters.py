from typing import Any

import pytest


def terms(values: list[Any], **scope: str) -> dict[str, Any]:
    return {"type": "terms", "scope": scope, "values": values}


def between(ge: Any = None, le: Any = None, **scope: str) -> dict[str, Any]:
    ends = {name: end for name, end in (("ge", ge), ("le", le)) if end is not None}
    return {"type": "range", "scope": scope, **ends}


TOPIC = {"entity": "metadata", "metadata_property": "topic"}
LENGTH = {"entity": "metadata", "metadata_property": "length"}
SCORE = {"entity": "metadata", "metadata_property": "score"}
STATUS = {"entity": "response", "property": "status"}
BETTER = {"entity": "response", "question": "better"}
QUALITY = {"entity": "response", "question": "quality"}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (terms(["animals"], **TOPIC), {"fox", "bear"}),
        (terms(["japan", "code"], **TOPIC), {"tokyo", "kyoto", "code"}),
        (terms(["nowhere"], **TOPIC), set()),
        (terms(["3", "9"], **LENGTH), {"fox", "tokyo"}),
        (between(4, 8, **LENGTH), {"bear", "prague", "code"}),
        (between(None, 2, **LENGTH), {"kyoto"}),
        (between(0.5, None, **SCORE), {"fox", "prague", "code"}),
        (between(-2, -1, **SCORE), {"tokyo"}),
    ],
)
def test_metadata_filters(everyone: Any, wanted: dict[str, Any], found: set[str]) -> None:
    assert everyone.where(wanted) == found


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (terms(["a"], entity="suggestion", question="better", property="value"), {"fox"}),
        (
            terms(["judge"], entity="suggestion", question="better", property="agent"),
            {"fox", "bear"},
        ),
        (
            between(0.5, 1, entity="suggestion", question="better", property="score"),
            {"fox", "tokyo"},
        ),
        (between(3, 3, entity="suggestion", question="quality", property="value"), {"tokyo"}),
        (terms(["odd"], entity="suggestion", question="tags", property="value"), {"prague"}),
        (between(0.8, 1, entity="suggestion", question="tags", property="score"), {"prague"}),
    ],
)
def test_suggestion_filters(everyone: Any, wanted: dict[str, Any], found: set[str]) -> None:
    assert everyone.where(wanted) == found


@pytest.mark.parametrize(
    ("values", "anns", "all_peoples"),
    [
        (["submitted"], {"fox", "bear"}, {"fox", "bear"}),
        (["draft"], {"tokyo"}, {"tokyo"}),
        (["discarded"], set(), {"code"}),
        (["draft", "submitted"], {"fox", "bear", "tokyo"}, {"fox", "bear", "tokyo"}),
        (
            ["pending"],
            {"kyoto", "prague", "hindi", "code", "empty"},
            {"kyoto", "prague", "hindi", "empty"},
        ),
        (
            ["pending", "draft"],
            {"kyoto", "prague", "hindi", "code", "empty", "tokyo"},
            {"kyoto", "prague", "hindi", "empty", "tokyo"},
        ),
    ],
)
@pytest.mark.usefixtures("answers")
def test_response_status_is_ones_own_for_a_person_and_anyones_for_the_owner(
    ann: Any, everyone: Any, values: list[str], anns: set[str], all_peoples: set[str]
) -> None:
    assert ann.where(terms(values, **STATUS)) == anns
    assert everyone.where(terms(values, **STATUS)) == all_peoples


@pytest.mark.usefixtures("answers")
def test_response_values_are_ones_own_for_a_person_and_anyones_for_the_owner(
    ann: Any, bob: Any, everyone: Any
) -> None:
    b = terms(["b"], **BETTER)
    assert (ann.where(b), bob.where(b)) == ({"bear", "tokyo"}, {"fox"})
    assert everyone.where(b) == {"bear", "tokyo", "fox"}
    good = between(4, None, **QUALITY)
    assert (ann.where(good), bob.where(good)) == ({"fox", "tokyo"}, set())


@pytest.mark.usefixtures("answers")
def test_answer_and_rating_are_asked_of_one_persons_response(everyone: Any) -> None:
    assert everyone.where(terms(["b"], **BETTER), between(5, 5, **QUALITY)) == {"fox"}
    assert everyone.where(terms(["a"], **BETTER), between(5, 5, **QUALITY)) == {"fox"}


@pytest.mark.usefixtures("answers")
def test_a_record_is_completed_by_the_second_submitted_response(everyone: Any) -> None:
    status = {"entity": "record", "property": "status"}
    assert everyone.where(terms(["completed"], **status)) == {"fox"}
    assert len(everyone.where(terms(["pending"], **status))) == 7


def test_records_are_found_by_their_own_columns(everyone: Any) -> None:
    external = {"entity": "record", "property": "external_id"}
    inserted = {"entity": "record", "property": "inserted_at"}
    assert everyone.where(terms(["fox", "code"], **external)) == {"fox", "code"}
    assert everyone.where(between("kyoto", "tokyo", **external)) == {"kyoto", "prague", "tokyo"}
    assert len(everyone.where(between("2020-01-01", None, **inserted))) == 8
    assert everyone.where(between(None, "2020-01-01", **inserted)) == set()


def test_filters_join_by_and(everyone: Any) -> None:
    assert everyone.where(terms(["places"], **TOPIC), between(3, None, **LENGTH)) == {
        "tokyo",
        "prague",
    }


def test_a_filter_by_an_unknown_property_is_told_so(everyone: Any) -> None:
    unknown = terms(["x"], entity="metadata", metadata_property="colour")
    reply = everyone.client.post(
        f"{everyone.path}/records/search", json={"query": {}, "filters": {"and": [unknown]}}
    )
    assert reply.status_code == 422
    assert "MetadataProperty not found filtering by name=colour" in reply.text
