import pytest

from winnow.annotation.sandbox import SandboxUnavailable, box
from winnow.pipelines.labelling.settings import VerifierSettings, find_sandbox


def entry(verifier: str, **options: object) -> VerifierSettings:
    return VerifierSettings.model_validate({"verifier": verifier, **options})


@pytest.fixture(autouse=True)
def no_namespaces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(box, "why_unavailable", lambda: "unshare: Operation not permitted")


@pytest.mark.parametrize("verifier", ["code", "sql"])
def test_a_machine_that_isolates_nothing_is_found_out_before_anybody_is_asked(
    verifier: str,
) -> None:
    with pytest.raises(SandboxUnavailable, match="unshare: Operation not permitted"):
        find_sandbox([entry("form"), entry(verifier)], "DirectRunner")


def test_it_is_looked_for_only_where_a_verifier_wants_it_on_this_machine() -> None:
    find_sandbox([entry("form"), entry("tool_calls")], "DirectRunner")
    find_sandbox([entry("code", isolation="weak"), entry("sql", isolation="weak")], "DirectRunner")
    find_sandbox([entry("code")], "FlinkRunner")
