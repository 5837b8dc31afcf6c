"""The rubrics that a warehouse holds: which versions there are, which of them are in force, and what was shown of each."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Self, TypeVar

from winnow.annotation.judge import RubricView
from winnow.annotation.rubrics.forms import WrittenRubric
from winnow.annotation.rubrics.standing import in_force, newest_of
from winnow.schemas.base import Record
from winnow.schemas.errors import InvalidSettings, UnknownName
from winnow.schemas.prompts import Prompt
from winnow.schemas.rubrics import Criterion, CriterionSource, Proof, Rubric
from winnow.warehouse.rubric_rows import records_of, rubric_rows
from winnow.warehouse.sql import Queryable, quote

SHORT_ID = 12
"""Characters of an id that tell it from others."""

Row = TypeVar("Row", bound=Record)


class Shelf:
    """All rubrics of a warehouse as they are now."""

    def __init__(
        self,
        rubrics: Iterable[Rubric],
        criteria: Iterable[Criterion],
        sources: Iterable[CriterionSource] = (),
        proofs: Iterable[Proof] = (),
        prompts: Iterable[Prompt] = (),
    ) -> None:
        """Put them in order; proofs come oldest first."""
        self.rubrics = {rubric.rubric_id: rubric for rubric in rubrics}
        self.criteria: dict[str, list[Criterion]] = defaultdict(list)
        for criterion in sorted(criteria, key=lambda c: (c.place or 0, c.turn or 0, c.text)):
            self.criteria[criterion.rubric_id].append(criterion)
        self.sources = list(sources)
        self.proofs = list(proofs)
        self._sources: dict[str, list[CriterionSource]] = defaultdict(list)
        for source in self.sources:
            self._sources[source.criterion_id].append(source)
        self._proofs: dict[str, list[Proof]] = defaultdict(list)
        for proof in self.proofs:
            self._proofs[proof.rubric_id].append(proof)
        self.prompts = {prompt.prompt_id: prompt for prompt in prompts}

    @classmethod
    def of(cls, warehouse: Queryable) -> Self:
        """Read them."""
        sql = "SELECT p.* FROM prompts AS p SEMI JOIN rubrics USING (prompt_id)"
        return cls(*rubric_rows(warehouse), records_of(warehouse, Prompt, sql))

    @cached_property
    def newest(self) -> list[Rubric]:
        """The rubrics that no other replaces, by name."""
        return sorted(
            (r for i, r in self.rubrics.items() if i not in self._replaced),
            key=lambda rubric: (rubric.name, rubric.rubric_id),
        )

    def in_force(self, *, unproven: bool = False) -> list[RubricView]:
        """The rubrics that may be used, as `winnow.annotation.rubrics.standing.in_force` says."""
        every = [one for of_one in self.criteria.values() for one in of_one]
        return in_force(self.rubrics.values(), every, self.sources, self.proofs, unproven=unproven)

    def before(self, rubric: Rubric) -> list[Rubric]:
        """Return the versions before this one, the last of them first."""
        found, here = list[Rubric](), rubric
        while here.replaces in self.rubrics:
            here = self.rubrics[str(here.replaces)]
            found.append(here)
        return found

    def version(self, rubric: Rubric) -> int:
        """Count the versions up to this one, from 1."""
        return 1 + len(self.before(rubric))

    def reference(self, rubric: Rubric) -> str:
        """Name a version, such as "travel@2"."""
        return f"{rubric.name}@{self.version(rubric)}"

    def find(self, reference: str) -> Rubric:
        """Find a rubric.

        Args:
            reference: "travel@2", "travel" for the newest version of that name, or the beginning of a rubric_id.

        Raises:
            UnknownName: There is none.
            InvalidSettings: There are several.
        """
        name, _, number = reference.rpartition("@") if "@" in reference else (reference, "", "")
        found = [r for r in self.newest if r.name == reference]
        if not found and number.isdecimal():
            named = [r for r in self.rubrics.values() if r.name == name]
            found = [r for r in named if self.version(r) == int(number)]
        if not found and len(reference) >= 6:
            found = [r for i, r in self.rubrics.items() if i.startswith(reference)]
        if not found:
            raise UnknownName.among("rubric", reference, {r.name for r in self.newest})
        if len(found) > 1:
            ids = ", ".join(r.rubric_id[:SHORT_ID] for r in found[:5])
            raise InvalidSettings(
                f"{len(found)} rubrics are called {reference!r}; name one by its id: {ids}"
                f"{', ...' if len(found) > 5 else ''}"
            )
        return found[0]

    def same_purpose(self, rubric: Rubric) -> Rubric | None:
        """Return the newest version of the rubric of the same name for the same prompt or domain; None where there is none."""
        return self._purposes.get(purpose_of(rubric))

    def written(self, rubric: Rubric) -> WrittenRubric:
        """Return a rubric as files have it."""
        prompt = self.prompts.get(rubric.prompt_id) if rubric.prompt_id else None
        return WrittenRubric(rubric, tuple(self.criteria[rubric.rubric_id]), prompt)

    def written_in_force(self, *, unproven: bool = False) -> list[WrittenRubric]:
        """Return those in force as files have them, by name, without the criteria that a proof refused."""
        found = []
        for view in self.in_force(unproven=unproven):
            kept = {one.criterion_id for one in view.criteria}
            whole = self.written(view.rubric)
            left = tuple(one for one in whole.criteria if one.criterion_id in kept)
            found.append(whole._replace(criteria=left))
        return sorted(found, key=lambda one: self._brought_in(one.rubric))

    def in_versions(self) -> list[Rubric]:
        """Return all rubrics, the versions of each from the first on."""
        return sorted(self.rubrics.values(), key=lambda r: (r.name, self.version(r), r.rubric_id))

    def sources_of(self, criterion: Criterion) -> list[CriterionSource]:
        """Return what a criterion rests on."""
        return self._sources[criterion.criterion_id]

    def proofs_of(self, rubric: Rubric) -> list[Proof]:
        """Return what was shown of a rubric, and of each of its criteria, by the step that measured it last."""
        every = self._proofs[rubric.rubric_id]
        of: dict[str | None, list[Proof]] = defaultdict(list)
        for proof in every:
            of[proof.criterion_id].append(proof)
        counted = {proof.proof_id for proofs in of.values() for proof in newest_of(proofs)}
        return [proof for proof in every if proof.proof_id in counted]

    def state(self, rubric: Rubric) -> str:
        """Say in a few words whether a rubric is in force, and why not."""
        if rubric.rubric_id in self._replaced:
            return "replaced"
        if rubric.rubric_id in self._in_force:
            return "in force"
        whole = [proof for proof in self.proofs_of(rubric) if proof.criterion_id is None]
        refused = next((proof for proof in whole if not proof.is_kept), None)
        if refused is not None:
            return f"refused: {refused.reason}"
        if rubric.rubric_id in self._unproven:
            return "not proven"
        return "no criterion left"

    def _brought_in(self, rubric: Rubric) -> list[tuple[bool, int, str]]:
        """Return where its first version stands in the file that it came from, to be sorted by."""
        while rubric.replaces in self.rubrics:
            rubric = self.rubrics[str(rubric.replaces)]
        ids = [one.criterion_id for one in self.criteria[rubric.rubric_id]]
        place = next((self._documents[i] for i in ids if i in self._documents), "")
        parts = re.findall(r"[0-9]+|[^0-9]+", f"{place} {rubric.name} {rubric.rubric_id}")
        return [(p.isdigit(), int(p) if p.isdigit() else 0, p) for p in parts]

    @cached_property
    def _documents(self) -> dict[str, str]:
        """The files and rows that criteria came from."""
        return {one.criterion_id: one.subject_id for one in self.sources if one.kind == "document"}

    @cached_property
    def _replaced(self) -> set[str | None]:
        return {rubric.replaces for rubric in self.rubrics.values()}

    @cached_property
    def _purposes(self) -> dict[tuple[str, str | None, str | None], Rubric]:
        return {purpose_of(rubric): rubric for rubric in reversed(self.newest)}

    @cached_property
    def _unproven(self) -> set[str]:
        return {view.rubric.rubric_id for view in self.in_force(unproven=True)}

    @cached_property
    def _in_force(self) -> set[str]:
        return {view.rubric.rubric_id for view in self.in_force()}


def stored_prompts(warehouse: Queryable, prompt_ids: Sequence[str]) -> set[str]:
    """Return those of some prompts that a warehouse holds."""
    wanted = ", ".join(map(quote, prompt_ids)) or "NULL"
    found = warehouse.query(f"SELECT prompt_id FROM prompts WHERE prompt_id IN ({wanted})")
    return set(found["prompt_id"].to_pylist())


def purpose_of(rubric: Rubric) -> tuple[str, str | None, str | None]:
    """Return the name of a rubric and what it is for, by which the versions of one are told from others."""
    return rubric.name, rubric.prompt_id, rubric.domain
