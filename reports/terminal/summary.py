"""What a person should know when a run is over."""

from collections.abc import Iterable, Iterator

from rich.console import Console, Group, RenderableType
from rich.text import Text

from winnow.reports.release.queries import figure_sql
from winnow.reports.release.sampled import sampled_sentences
from winnow.reports.release.shortcuts import read_shortcuts
from winnow.reports.release.words import cycles_sentence
from winnow.reports.terminal.alarm import alarm_lines
from winnow.reports.terminal.lines import Line
from winnow.reports.terminal.releases import annotator_table, cost_line
from winnow.reports.terminal.shortcuts import warning_lines
from winnow.reports.terminal.splits import split_lines
from winnow.reports.terminal.standings import standing_view
from winnow.schemas.labels import Annotator
from winnow.schemas.plurals import agreeing, counted
from winnow.schemas.strengths import Standing
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.provenance import Provenance, provenance_of
from winnow.warehouse.sql import quote

_SURE = """
    SELECT count(*), avg(confidence), count(*) FILTER (confidence < {unsure}) FROM preferences
    WHERE release = {release}
"""
_ANCHORED = """
    SELECT count(DISTINCT l.comparison_id) FROM labels AS l JOIN gold AS g USING (comparison_id) WHERE l.run_id = {run_id}
"""
_UNREAD = """
select count(distinct request_id) as n
from judgments
semi join (select judgment_id from run_judgments where run_id = {run}) using (judgment_id)
where kind in ('llm', 'reward_model') and verdict = 'invalid'
"""
_MODELS = ("llm", "reward_model")
_UNSURE_BELOW = 0.7


def print_summary(warehouse: Warehouse, release: str, console: Console) -> None:
    """Print how reliable each annotator proved, how the labels stand against gold, and what they say together.

    Args:
        warehouse: Where the release lies.
        release: Name and number.
        console: Where to.
    """
    provenance = provenance_of(warehouse, release)
    for line in alarm_lines(warehouse, provenance):
        console.print(line)
    console.print(annotator_table(provenance.annotators))
    of = {"release": provenance.release.release, "run_id": provenance.run.run_id}
    (gold,) = warehouse.query(figure_sql("label_gold", **of), at=of["release"]).to_pylist()
    if gold["n_published"]:
        console.print(
            Line(
                f"published labels agree with {gold['n_published_right']:,} of "
                f"{counted(gold['n_published'], 'gold comparison')}, each labelled without its own gold verdict"
            ),
            crop=False,
        )
    if cost := cost_line(provenance.run):
        console.print(Line(f"it cost {cost}"), crop=False)
    if n_verified := gold["n_published_verified"]:
        console.print(f"people verified {n_verified:,} of the published labels", highlight=False)
    for found in findings(warehouse, provenance):
        console.print(found)


def anchor_line(warehouse: Warehouse, release: str) -> str:
    """Say on how many known verdicts the labels of a release rest, or that none anchors them, and how sure they are.

    Args:
        warehouse: Where the release lies.
        release: Name and number.
    """
    provenance = provenance_of(warehouse, release)
    sure = _SURE.format(unsure=_UNSURE_BELOW, release=quote(release))
    n, mean, n_unsure = warehouse.con.execute(sure).fetchone() or (0, 0, 0)
    if not n:
        return "the release is empty"
    sure = f"mean confidence {mean:.2f}, {n_unsure:,} of {n:,} ({n_unsure / n:.0%}) below {_UNSURE_BELOW:g}"
    anchored = _ANCHORED.format(run_id=quote(provenance.run.run_id))
    (n_gold,) = warehouse.con.execute(anchored).fetchone() or (0,)
    if n_gold and any(annotator.n_gold for annotator in provenance.annotators):
        anchors = agreeing(n_gold, "anchors", "anchor")
        return f"{counted(n_gold, 'gold verdict')} {anchors} the labels: {sure}"
    return f"no gold anchors the labels: their accuracy is estimated from how far annotators agree; {sure}"


def findings(warehouse: Warehouse, provenance: Provenance) -> Iterator[RenderableType]:
    """Yield what the labels together say: how the models stand, whether labels contradict each other, what predicts them.

    None of it where there is nothing to say: no two models were compared, no prompt has three decided labels, no
    shortcut warns, no split is empty.
    """
    of = {"release": provenance.release.release, "run_id": provenance.run.run_id}
    rows = {
        name: warehouse.query(figure_sql(name, **of), at=of["release"]).to_pylist()
        for name in ("sampled", "standings", "cycles")
    }
    for answers in sampled_sentences(rows["sampled"]):
        yield Text(answers.text, style="bold yellow" if answers.is_warning else "")
    if rows["standings"]:
        run_id = {"run_id": of["run_id"]}
        yield standing_view([Standing.model_validate(row | run_id) for row in rows["standings"]])
    if said := cycles_sentence(rows["cycles"][0]):
        yield Text(said)
    if warnings := list(warning_lines(read_shortcuts(warehouse, **of))):
        yield Group(*warnings)
    yield from split_lines(warehouse, provenance)


def n_unread_replies(warehouse: Warehouse, release: str) -> int:
    """Count the replies of judges that the run of a release could not read; one may be about several comparisons."""
    run_id = provenance_of(warehouse, release).run.run_id
    # Written into the SQL, for DuckDB imports pandas to look at parameters.
    (row,) = warehouse.query(_UNREAD.format(run=quote(run_id)), release).to_pylist()
    return int(row["n"])


def n_unread(annotators: Iterable[Annotator]) -> int:
    """Count the judgments of judges that could not be read."""
    return sum(annotator.n_invalid for annotator in annotators if annotator.kind in _MODELS)
