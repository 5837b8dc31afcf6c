"""What a run would do, step by step, in the terminal."""

from collections.abc import Iterator
from itertools import groupby

from winnow.flows.curation.plan import Plan
from winnow.pipelines.ahead.overlap import Overlap
from winnow.pipelines.labelling.settings import verifiers_of
from winnow.pipelines.planning.known_answers import PlannedRequests
from winnow.pipelines.planning.walk import PlannedStep
from winnow.pipelines.set_aside import STAGE
from winnow.pipelines.steps import AggregateStep, LabelStep, RoundsStep, SampleStep
from winnow.reports.terminal.tables import RowTable, number, prose
from winnow.schemas.plurals import agreeing, counted, some_of
from winnow.schemas.prices import in_words
from winnow.schemas.runs import StageCount


def plan_table(plan: Plan) -> RowTable:
    """Show what each step asks and adds, and why it asks what is new."""
    is_priced = any(one.cost is not None for step in plan.steps for one in step.asked)
    price = [number("price")] if is_priced else []
    figures = ("requests", "answered", "new", "tokens read", "tokens written")
    table = RowTable("step", *map(number, figures), *price, prose("why"))
    for step, why in zip(plan.steps, plan.reasons, strict=True):
        name = step.placed.stage + (f" of {step.placed.of}" if step.placed.of else "")
        for i, (what, *cells) in enumerate(_rows(step, plan)):
            cells = [*cells[: 5 + is_priced], *[""] * (5 + is_priced - len(cells))]
            said = why or ("shows once answers are there that it works on" * step.is_unknown)
            table.add_row(f"{name}: {what}" if what else name, *cells, said if i == 0 else "")
    return table


def plan_lines(plan: Plan) -> Iterator[str]:
    """Add up what is new."""
    for count in plan.read:
        if count.stage == STAGE:
            n = count.n_rejected
            yield (
                f"{counted(n, 'prompt')} nearly {agreeing(n, 'repeats', 'repeat')} another and {agreeing(n, 'is', 'are')} "
                f"not asked about, nor counted here, unless no label of what {agreeing(n, 'it repeats', 'they repeat')} is kept"
            )
    requests = [one for step in plan.steps for one in step.asked]
    new = [one for one in requests if one.n_new]
    is_most = any(step.is_at_most for step in plan.steps)
    unknown = [step.placed.stage for step in plan.steps if step.is_unknown]
    if new:
        n_read, n_written = sum(one.n_read for one in new), sum(one.n_written for one in new)
        most = "at most " * is_most
        about = "at most" if is_most or any(one.is_at_most for one in new) else "about"
        yield (
            f"{most}{counted(sum(one.n_new for one in new), 'new request')}: about {n_read:,} tokens read, "
            f"{about} {n_written:,} written{_price(new, about)}"
        )
    elif not unknown:
        n = sum(one.n_requests for one in requests)
        yield f"nothing to ask of a model: {counted(n, 'request')} answered before"
    for step, overlap in zip(plan.steps, plan.overlaps, strict=True):
        if step.n_new:
            yield from _overlap_lines(step.placed.stage, overlap)
    if unknown:
        asks = agreeing(len(unknown), "asks and adds", "ask and add")
        yield f"what {some_of(unknown, len(unknown))} {asks}, and what follows from it, is not counted"


def step_lines(plan: Plan) -> Iterator[str]:
    """Say in a line each what steps ask and form."""
    for step in plan.steps:
        stage, most = f"  {step.placed.stage:<10}", " at most" if step.is_at_most else ""
        one = step.placed.step
        if step.is_unknown:
            yield f"{stage} not known before"
        if isinstance(one, SampleStep):
            yield f"{stage} {counted(sum(a.n_requests for a in step.asked), 'request')}{most}"
        elif not step.asked:
            for count in _added(step):
                yield f"{stage} {counted(count.n_out, count.unit[:-1], count.unit)}{most}"
        else:
            for asked in step.asked:
                yield f"{stage} {counted(asked.n_requests, 'request')}{most}: {asked.asking}"


def _overlap_lines(stage: str, overlap: Overlap) -> Iterator[str]:
    """Say which judges begin while a step is at work, and why others wait."""
    if overlap.judges:
        names = " and ".join(judge.annotator_id for judge in overlap.judges)
        yield f"{names} {agreeing(len(overlap.judges), 'begins', 'begin')} while {stage} goes on"
    for why, judges in groupby(overlap.waiting, overlap.waiting.__getitem__):
        waiting = list(judges)
        names = " and ".join(waiting)
        yield f"{names} {agreeing(len(waiting), 'waits', 'wait')} until {stage} is over: {why}"


def _rows(step: PlannedStep, plan: Plan) -> Iterator[list[str]]:
    """Write what a step does, and its figures, a row for each that it asks."""
    least, most = ("≤ ", "at most ") if step.is_at_most else ("", "")
    if step.is_unknown:
        yield ["not known before"]
        return
    one = step.placed.step
    if isinstance(one, RoundsStep):
        budget, n = one.settings.budget, plan.n_people_asked
        yield ["people", f"≤ {budget:,}", f"{n:,}", f"≤ {max(0, budget - n):,}"]
    rows = [[asked.asking, *_figures(asked, least)] for asked in step.asked]
    entries = one.entries if isinstance(one, LabelStep) else ()
    rows += [[f"verifier {entry.annotator_id}"] for entry in verifiers_of(entries)]
    if not rows:
        rows = [[f"{most}{counted(c.n_out, c.unit[:-1], c.unit)}"] for c in _added(step) if c.n_out]
    yield from rows or [[""]]


def _added(step: PlannedStep) -> tuple[StageCount, ...]:
    """Return what a step adds that asks nothing; labels are none of it, which are made anew of all that was said."""
    says_nothing = isinstance(step.placed.step, AggregateStep | LabelStep | RoundsStep)
    return () if says_nothing else step.added


def _figures(asked: PlannedRequests, most: str) -> list[str]:
    figures = [f"{most}{asked.n_requests:,}", f"{asked.n_answered:,}", f"{most}{asked.n_new:,}"]
    if not asked.n_new:
        return figures
    written = "≤ " if most or asked.is_at_most else ""
    cost = "" if asked.cost is None else f"{written}{in_words(asked.cost)}"
    return [*figures, f"{most}{asked.n_read:,}", f"{written}{asked.n_written:,}", cost]


def _price(new: list[PlannedRequests], about: str) -> str:
    """Add up what is known of prices; empty where no model has one."""
    costs = [one.cost for one in new if one.cost is not None]
    if not costs:
        return ""
    without = dict.fromkeys(one.model.name for one in new if one.cost is None)
    beside = f", beside what {' and '.join(without)} costs" if without else ""
    return f", price {about} {in_words(sum(costs))}{beside}"
