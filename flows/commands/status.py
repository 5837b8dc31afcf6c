"""Which runs there are: waiting for people, working, stopped half-way, published."""

from datetime import UTC, datetime

from rich.text import Text

from winnow.flows.curation.state import RunState, next_run_id, unfinished_runs
from winnow.flows.rounds.waiting import WaitingRounds, waiting_rounds
from winnow.reports.terminal.releases import worked
from winnow.reports.terminal.tables import RowTable, prose
from winnow.schemas.plurals import agreeing, counted
from winnow.warehouse.catalog import Warehouse

# Times as seconds: to make Python's points in time of them, Arrow would import pandas.
_PUBLISHED = """
    SELECT r.run_id, r.name, epoch(r.started_at) AS started_s, epoch(r.finished_at) AS finished_s, r.n_owed, r.n_starts, r.seconds, x.release, x.n_preferences
    FROM runs AS r LEFT JOIN releases AS x USING (run_id)
    ORDER BY r.finished_at DESC
"""


def status_table(warehouse: Warehouse) -> RowTable:
    """List the runs of a warehouse, those that still need someone first.

    Args:
        warehouse: An open warehouse; its folder tells of runs that are not published and rounds that wait.
    """
    table = RowTable("run", "name", "state", "started", prose(""))
    published = warehouse.query(_PUBLISHED).to_pylist()
    done = {row["run_id"] for row in published}
    for state in unfinished_runs(warehouse.settings.runs):
        if state.run_id not in done:
            table.add_row(*_unfinished(state))
    for waiting in waiting_rounds(warehouse.settings.rounds):
        table.add_row(*_waiting(waiting))
    for row in published:
        told = f"finished {_minute(_moment(row['finished_s']))}"
        if row["release"] is not None:
            told = f"{counted(row['n_preferences'], 'preference')}, {told}"
        if row["n_owed"] and next_run_id(row["run_id"]) not in done:
            told += f"; {counted(row['n_owed'], 'request')} owed, the same command asks {agreeing(row['n_owed'], 'it', 'them')} again"
        if row["n_starts"] > 1 and row["seconds"] is not None:
            told += f", {worked(row['seconds'], row['n_starts'])}"
        run_id, started = row["run_id"][:12], _minute(_moment(row["started_s"]))
        table.add_row(run_id, row["name"], Text(row["release"] or "", style="green"), started, told)
    return table


def _unfinished(state: RunState) -> tuple[str | Text, ...]:
    how_far = f"in {state.stage}"
    if state.n_total:
        asking = f", {state.asking}" if state.asking else ""
        how_far += f"{asking}, {state.n_done:,} of {counted(state.n_total, 'request')}"
    if state.beside:
        how_far += f"; beside it {state.beside}"
    how_far += f", {worked(state.worked_s, state.n_starts)}"
    if state.is_running:
        colour, word, advice = "blue", "running", ""
    else:
        colour, word = "yellow", "stopped"
        advice = f", {_minute(state.updated_at)}; the same command continues it"
    told = how_far + advice
    return state.run_id[:12], state.name, Text(word, style=colour), _minute(state.started_at), told


def _waiting(waiting: WaitingRounds) -> tuple[str | Text, ...]:
    told = (
        f"round {waiting.round:,}, {waiting.n_asked:,} of {counted(waiting.budget, 'label')} of people asked for, "
        f"{waiting.n_waiting:,} open: {waiting.where}; then the same `winnow rounds` goes on"
    )
    return "", waiting.name, Text("waits for people", style="yellow"), _minute(waiting.since), told


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)


def _minute(moment: datetime) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M")
