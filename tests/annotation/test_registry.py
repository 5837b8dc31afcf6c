import pytest

from winnow.annotation.judges import JUDGES, PairwiseJudge
from winnow.schemas.errors import UnknownName
from winnow.schemas.registry import Registry


def test_a_name_with_its_version_is_that_version_only() -> None:
    assert JUDGES.find("pairwise") is JUDGES.find("pairwise@1") is PairwiseJudge
    with pytest.raises(
        UnknownName, match=r"no judge named 'pairwise@2' \(did you mean 'pairwise@1'"
    ):
        JUDGES.find("pairwise@2")


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UnknownName, match=r"no judge named 'zzz'; known judges: .*pairwise"):
        JUDGES.find("zzz")


def test_a_name_is_taken_once() -> None:
    registry: Registry[object] = Registry("thing")
    registry.register("x", version=2)(type("X", (), {}))
    with pytest.raises(ValueError, match="thing 'x' is registered twice"):
        registry.register("x")(type("Y", (), {}))
