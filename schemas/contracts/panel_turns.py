"""The contract of what was said on the way to a judgment."""

from typing import TYPE_CHECKING, get_args

from winnow.schemas.contracts.contract import Contract, none_of, one_of, unique
from winnow.schemas.judgments import Verdict
from winnow.schemas.panel_turns import PanelTurn

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

_VIEW = r"""
WITH saw AS (
    SELECT judgment_id, turn, "round", unnest(saw) AS seen FROM staged_panel_turns
),
unseen AS (
    SELECT s.judgment_id, s.turn, count(*) AS n
    FROM saw AS s
    LEFT JOIN staged_panel_turns AS t ON t.judgment_id = s.judgment_id AND t.turn = s.seen
    WHERE t.turn IS NULL OR t.turn >= s.turn OR t."round" >= s."round"
    GROUP BY s.judgment_id, s.turn
)
SELECT
    t.judgment_id || ' ' || t.turn AS id,
    (hash(t.judgment_id) NOT IN (SELECT hash(judgment_id) FROM known_judgments))::INTEGER AS n_missing_judgments,
    (t.turn < 1 OR t."round" < 1)::INTEGER AS n_unnumbered,
    coalesce(u.n, 0) AS n_seen_too_early,
    (NOT regexp_matches(t.role, '\S') OR NOT regexp_matches(t.model, '\S'))::INTEGER AS n_nameless,
    (NOT regexp_matches(t.request_id, '\S'))::INTEGER AS n_without_completion,
    t.verdict
FROM staged_panel_turns AS t
LEFT JOIN unseen AS u USING (judgment_id, turn)
"""


def _expectations() -> "list[Expectation]":
    return [
        unique("a turn stands once on the way to a judgment"),
        none_of("n_missing_judgments", "the judgment that turns led to exists"),
        none_of("n_unnumbered", "turns and rounds are counted from 1"),
        none_of("n_seen_too_early", "a turn saw turns of rounds before its own alone"),
        none_of("n_nameless", "a turn says who spoke, and with which model"),
        none_of("n_without_completion", "a turn names its completion"),
        one_of("verdict", get_args(Verdict), "the verdict is a known one"),
    ]


PANEL_TURNS = Contract(PanelTurn, _VIEW, _expectations)
