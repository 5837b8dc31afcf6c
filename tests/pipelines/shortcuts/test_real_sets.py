"""What the audit says of labels that LLM judges gave to real responses, beside the gold of people."""

from pathlib import Path

import duckdb
import pytest

from tests.pipelines.toy import answer, ask, compare_two, stage
from winnow.pipelines.shortcuts.find import ShortcutSettings, find_shortcuts
from winnow.schemas.ids import content_id
from winnow.schemas.judgments import Gold
from winnow.schemas.preferences import Preference
from winnow.schemas.responses import Response
from winnow.schemas.shortcuts import Shortcut

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"
pytestmark = pytest.mark.skipif(
    not (SHARED / "llmbar").is_dir(), reason="needs the development sets in ../shared/data"
)

_LABELLED = """
WITH votes AS (
    SELECT item_id, count(*) FILTER (verdict = 'a') - count(*) FILTER (verdict = 'b') AS lead
    FROM '{folder}/judgments.parquet' WHERE kind = 'llm' GROUP BY item_id
)
SELECT p.prompt, p.response_a, p.response_b, p.model_a, p.model_b, v.lead, g.verdict
FROM '{folder}/pairs.parquet' AS p JOIN votes AS v USING (item_id) JOIN '{folder}/gold.parquet' AS g USING (item_id)
WHERE v.lead <> 0 AND p.response_a <> p.response_b AND contains(p.subset, '{subset}')
ORDER BY item_id
"""


def audit_majority(root: Path, name: str, subset: str = "") -> dict[str, Shortcut]:
    """Audit the majority of the LLM judges' votes."""
    rows = duckdb.sql(_LABELLED.format(folder=SHARED / name, subset=subset)).fetchall()
    records, preferences, golds, known = [], [], {}, set()
    for prompt_text, text_a, text_b, model_a, model_b, lead, verdict in rows:
        prompt = ask(prompt_text)
        one = answer(prompt, text_a, model_a or "unknown")
        other = answer(prompt, text_b, model_b or "unknown")
        comparison = compare_two(one, other)
        if comparison.comparison_id in known:
            continue
        known.add(comparison.comparison_id)
        chosen, rejected = (one, other) if lead > 0 else (other, one)
        records += [one, other, comparison]
        preferences.append(_prefer(comparison.comparison_id, chosen, rejected))
        a_is_one = comparison.response_ids[0] == one.response_id
        turned = {"a": "b", "b": "a", "tie": "tie"}
        golds[comparison.comparison_id] = verdict if a_is_one else turned[verdict]
    staging = stage(root, *records)
    staging.write(Preference, preferences)
    staging.write(
        Gold,
        [
            Gold.model_validate({"comparison_id": i, "verdict": v, "basis": "people"})
            for i, v in golds.items()
        ],
    )
    return {s.shortcut: s for s in find_shortcuts(staging, ShortcutSettings(), "r")}


def _prefer(comparison_id: str, chosen: Response, rejected: Response) -> Preference:
    return Preference(
        release="real@1",
        preference_id=content_id([comparison_id, chosen.response_id]),
        comparison_id=comparison_id,
        prompt_id=chosen.prompt_id,
        chosen_id=chosen.response_id,
        rejected_id=rejected.response_id,
        is_tied=False,
        confidence=0.8,
        margin=0.6,
        evidence=("v",),
        split="train",
    )


def test_length_that_people_go_by_as_well_does_not_warn(tmp_path: Path) -> None:
    length = audit_majority(tmp_path, "pandalm")["length"]
    assert length.gold_accuracy is not None
    assert length.accuracy > 0.55
    assert length.gold_accuracy > 0.55
    assert not length.is_warning


def test_labels_nearer_to_a_coin_than_gold_do_not_lean(tmp_path: Path) -> None:
    # The better response is the shorter one there; judges that err on both sides alike come nearer to one half.
    length = audit_majority(tmp_path, "llmbar", "Adversarial")["length"]
    assert length.gold_accuracy is not None
    assert length.gold_accuracy < length.accuracy < 0.5
    assert (length.finding, length.is_warning) == ("unclear", False)
