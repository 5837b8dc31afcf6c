"""Each measure is one SQL text; those that count hits get the share with its Wilson interval.

The same text answers a question of votes at hand and defines a view of a warehouse, so that both say the same.
"""

from importlib.resources import files

from winnow.schemas.measures.shares import Z_95

_REMEMBERED = ("alphas", "people", "pairs")
_SHARES = ("pairs", "gold", "repeats", "position", "drift")

MEASURES = (*_SHARES, "seconds")
"""Measures over the relations `votes` (judgments in the long form) and `known` (gold: item_id, verdict)."""


def measure_sql(name: str) -> str:
    """Return the SQL of a measure; also of "replaced" and "votes" (over `judgments`), "known" (over `gold`) or "single" (over `votes`).

    A measure that counts `hits` among `n` gains the columns share, low and high: `shares.wilson` in SQL, for as many
    cases as there are answers behind them (`n_answers`).
    """
    text = (
        files("winnow.schemas.measures").joinpath(f"{name}.sql").read_text(encoding="utf-8").strip()
    )
    return f"SELECT *, {_WILSON} FROM (\n{text}\n)" if name in _SHARES else text


def view_sql() -> dict[str, str]:
    """Return the SQL of each view by its name, what is referred to before what refers to it.

    The views are `replaced_judgments`, `run_judgments` (what the labels of each run rest on), `annotator_votes`, `annotator_pairs`, `annotator_gold`, `annotator_repeats`, `annotator_position`,
    `annotator_drift` and `annotator_seconds` over all judgments, and `release_alphas`, `release_people` and
    `release_pairs`, what each release remembers.
    """
    sources = f"votes AS (SELECT * FROM annotator_votes), known AS (\n{measure_sql('known')}\n)"
    return {
        "replaced_judgments": measure_sql("replaced"),
        "run_judgments": measure_sql("run_judgments"),
        "annotator_votes": measure_sql("votes"),
        **{f"annotator_{m}": f"WITH {sources} SELECT * FROM ({measure_sql(m)})" for m in MEASURES},
        **{f"release_{name}": measure_sql(f"release_{name}") for name in _REMEMBERED},
    }


def _bound(sign: str) -> str:
    of_answers = "hits / n * n_answers"
    half = f"{Z_95} * sqrt({of_answers} * (n - hits) / n + {Z_95**2 / 4})"
    return f"({of_answers} + {Z_95**2 / 2} {sign} {half}) / (n_answers + {Z_95**2})"


_WILSON = f"hits / n AS share, {_bound('-')} AS low, {_bound('+')} AS high"
