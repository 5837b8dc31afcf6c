"""Probes at work: comparisons are judged as they are and altered, and the preferences are held side by side."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import pyarrow as pa

from winnow.annotation.evaluation.probing import (
    ProbedItem,
    ProbeEffect,
    adjust,
    measure_probe,
    preferences_for,
)
from winnow.annotation.judge import ComparisonView
from winnow.annotation.probe import Probe, Side, side_of
from winnow.pipelines.evaluating.labelled import Labelled
from winnow.pipelines.evaluating.running import Ran
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.labelling.settings import JudgeSettings, VerifierSettings

_MOST_EXAMPLES = 3


class RunJudges(Protocol):
    """Runs annotators on labelled comparisons; `run_judges` with all but the first arguments filled in."""

    def __call__(
        self,
        labelled: Labelled,
        entries: Sequence[JudgeSettings | VerifierSettings],
        *,
        learnt_from: Sequence[ComparisonView] | None = None,
        about: str = "",
    ) -> Ran:
        """Run them."""
        ...


class ProbeExample(NamedTuple):
    """A comparison whose verdict moved to the altered side."""

    annotator: str
    """Who judged."""

    probe: str
    """Name and version of the probe."""

    item: ProbedItem
    """What it said before and after."""

    view: ComparisonView
    """The comparison as it is."""

    altered: ComparisonView
    """The comparison as it was altered; of a probe by order the same."""


class Probed(NamedTuple):
    """What probes found."""

    effects: list[ProbeEffect]
    """One of each annotator and probe, in their order."""

    examples: list[ProbeExample]
    """A few of each effect."""

    n_asked: int
    """Judgments asked for."""

    n_reused: int
    """Of the answers, those that were paid for before."""

    n_rejects: int
    """Judgments that were not given."""


def probe_judges(
    labelled: Labelled,
    entries: Sequence[JudgeSettings | VerifierSettings],
    probes: Sequence[Probe],
    *,
    models: Mapping[str, ModelRef],
    run: RunJudges,
) -> Probed:
    """Probe annotators, each judging every comparison once as it is and once for each probe.

    Which side a probe favours is drawn by the comparison's id, so that an alteration that only confuses has no effect on
    average. No altered response is written anywhere.

    Args:
        labelled: The comparisons with their views; their gold serves judges that show exemplars.
        entries: The annotators.
        probes: The probes.
        models: Models by their names in the settings.
        run: Runs annotators.
    """
    effects: list[ProbeEffect] = []
    examples: list[ProbeExample] = []
    runs: list[Ran] = []
    for entry in entries:
        model = models[entry.model].model if isinstance(entry, JudgeSettings) else None
        at = _ProbedAnnotator(entry, labelled, run, model)
        runs.append(at.plain)
        for probe in probes:
            effect, found, ran = at.probed(probe)
            effects.append(effect)
            examples += found
            runs += [ran] if ran else []
    return Probed(
        adjust(effects),
        examples,
        n_asked=sum(ran.n_asked for ran in runs),
        n_reused=sum(ran.n_reused for ran in runs),
        n_rejects=sum(len(ran.rejects) for ran in runs),
    )


class _ProbedAnnotator:
    """One annotator with what it says of the comparisons as they are."""

    def __init__(
        self,
        entry: JudgeSettings | VerifierSettings,
        labelled: Labelled,
        run: RunJudges,
        model: str | None,
    ) -> None:
        self._entry, self._labelled, self._run, self._model = entry, labelled, run, model
        self._views = {view.comparison_id: view for view in labelled.views}
        self._side = {item_id: side_of(view) for item_id, view in self._views.items()}
        self.plain = run(labelled, [entry])

    def probed(self, probe: Probe) -> tuple[ProbeEffect, list[ProbeExample], Ran | None]:
        altered = self._altered(probe)
        ran: Ran | None = None
        if probe.by_order:
            before, after = (self._in_place(first=first) for first in (False, True))
            altered = {i: view for i, view in altered.items() if i in before and i in after}
        else:
            if altered:
                views = list(altered.values())
                ran = self._run(
                    self._labelled._replace(views=views),
                    [self._entry],
                    learnt_from=self._labelled.views,
                    about=f" about {probe.name}@{probe.version}",
                )
            before = preferences_for(self.plain.judgments, self._side)
            after = preferences_for(ran.judgments, self._side) if ran else {}
        items = list(self._items(altered, before, after))
        name = f"{probe.name}@{probe.version}"
        effect = measure_probe(
            self._entry.annotator_id,
            name,
            probe.favours,
            items,
            n_unread=len(altered) - len(items),
            n_unaltered=len(self._views) - len(altered),
        )
        return effect, self._examples(name, items, altered), ran

    def _altered(self, probe: Probe) -> dict[str, ComparisonView]:
        if probe.by_order:
            return self._views
        found = (
            probe.alter(view, self._side[item_id], self._model)
            for item_id, view in self._views.items()
        )
        return self._told_apart({view.comparison_id: view for view in found if view is not None})

    def _told_apart(self, altered: dict[str, ComparisonView]) -> dict[str, ComparisonView]:
        """Leave out comparisons whose responses stand under another alteration of the prompt in one before, where each response is
        looked at once.
        """
        is_pairwise = (
            isinstance(self._entry, JudgeSettings) and self._entry.build().subject != "response"
        )
        taken = set[str]()
        found = {}
        for item_id, view in altered.items():
            ids = {view.a.response_id, view.b.response_id}
            if is_pairwise or view.prompt == self._views[item_id].prompt:
                found[item_id] = view
            elif not ids & taken:
                found[item_id] = view
                taken |= ids
        return found

    def _in_place(self, *, first: bool) -> dict[str, float | None]:
        """Work out how far each side is preferred where it is shown first, or second."""
        said: pa.Table = self.plain.judgments
        found: dict[str, float | None] = {}
        for side, order in (("a", "ab" if first else "ba"), ("b", "ba" if first else "ab")):
            of_side: dict[str, Side] = {i: s for i, s in self._side.items() if s == side}
            found |= preferences_for(said, of_side, order)
        return found

    def _items(
        self,
        altered: Mapping[str, ComparisonView],
        before: Mapping[str, float | None],
        after: Mapping[str, float | None],
    ) -> Iterator[ProbedItem]:
        for item_id in altered:
            was, is_now = before.get(item_id), after.get(item_id)
            if was is not None and is_now is not None:
                prompt_id = self._views[item_id].prompt.prompt_id
                yield ProbedItem(item_id, prompt_id, self._side[item_id], was, is_now)

    def _examples(
        self, probe: str, items: Sequence[ProbedItem], altered: Mapping[str, ComparisonView]
    ) -> list[ProbeExample]:
        moved = sorted(
            (one for one in items if one.after > one.before),
            key=lambda one: (one.before - one.after, one.item_id),
        )
        of: dict[str, Any] = {"annotator": self._entry.annotator_id, "probe": probe}
        return [
            ProbeExample(
                **of, item=one, view=self._views[one.item_id], altered=altered[one.item_id]
            )
            for one in moved[:_MOST_EXAMPLES]
        ]
