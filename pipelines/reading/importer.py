"""Takes records of the inputs in, each once, and remembers what later rows may refer to."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from winnow.pipelines.reading.defects import Defect
from winnow.pipelines.reading.details import parse_groups
from winnow.pipelines.reading.fields import Fields
from winnow.pipelines.reading.formats.row import Row
from winnow.pipelines.reading.intake import Intake, Say, Sink, say_nothing
from winnow.pipelines.reading.judgments import Defaults, Origin, parse_judgment, repeated
from winnow.pipelines.reading.known import Known, digest
from winnow.pipelines.reading.links import Link
from winnow.pipelines.reading.looks import prompt_look, response_look
from winnow.pipelines.reading.notices import Notices
from winnow.pipelines.reading.parents import ids_by_name, parent_of
from winnow.pipelines.reading.responses import ReadyResponse
from winnow.pipelines.reading.settings import Source
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import Gold
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response


class _Imported(NamedTuple):
    response_id: str
    is_new: bool


class Importer:
    """The records of one run as they come in, what is known of them, and what was noticed in them."""

    def __init__(
        self, run_id: str, sink: Sink, *, remembers_names: bool = True, say: Say = say_nothing
    ) -> None:
        self.intake = Intake(run_id, sink, say)
        self.known = Known(remembers_names=remembers_names)
        self.notices = Notices()

    def known_as(self, prompt: Prompt) -> str:
        """Return the prompt_id under which a prompt is known: that of the first that looks the same, or its own."""
        return self.known.first_like(prompt_look(prompt), prompt.prompt_id, self.known.prompts)

    def prompt(self, prompt: Prompt, n_responses: int) -> None:
        """Take in a prompt that has a line of its own.

        Raises:
            Defect: duplicate_prompt.
        """
        prompt_id = self.known_as(prompt)
        first = self.known.prompts.first(digest(prompt_id), prompt.source)
        self._see_metadata(prompt_id, prompt, is_new=first == prompt.source)
        if first != prompt.source:
            same = "asks" if prompt_id == prompt.prompt_id else "to the eye asks"
            raise Defect(
                "duplicate_prompt",
                f"{same} the same as {first}; its ready responses ({n_responses}) go to that prompt",
            )
        self._keep_prompt(prompt)

    def _see_metadata(self, prompt_id: str, prompt: Prompt, *, is_new: bool) -> None:
        if self.known.is_other_metadata(prompt_id, prompt.metadata, is_new=is_new):
            self.notices.see_other_metadata(prompt)

    def _keep_prompt(self, prompt: Prompt) -> None:
        self.notices.see_prompt(prompt)
        self.intake.keep(prompt)

    def responses(
        self, place: str, prompt_id: str, found: Iterable[tuple[str, ReadyResponse | Defect]]
    ) -> None:
        """Take in the ready responses of a line; what cannot be used is rejected by itself."""
        listed = list(found)
        named = self._named(
            place, prompt_id, [r for _, r in listed if isinstance(r, ReadyResponse)]
        )
        for where, ready in listed:
            self.intake.offer("responses")
            try:
                self._response(place, prompt_id, ready, named)
            except Defect as defect:
                self.intake.reject("responses", "response", f"{place}#{where}", defect)

    def _named(self, place: str, prompt_id: str, ready: Sequence[ReadyResponse]) -> dict[str, str]:
        return ids_by_name(ready, lambda one: self._known_response(place, prompt_id, one))

    def _response(
        self, place: str, prompt_id: str, ready: ReadyResponse | Defect, named: Mapping[str, str]
    ) -> None:
        if isinstance(ready, Defect):
            raise ready
        if not self._keep_response(place, prompt_id, ready, named).is_new:
            raise Defect(
                "duplicate_response",
                f"{ready.model!r} gave the same response to the same prompt before",
            )

    def _keep_response(
        self, place: str, prompt_id: str, ready: ReadyResponse, named: Mapping[str, str]
    ) -> "_Imported":
        response, response_id = self._known_response(place, prompt_id, ready)
        parent_id = parent_of(ready, response_id, named)
        response = response.model_copy(update={"parent_id": parent_id})
        self.known.name_response(ready.name, prompt_id, response.model, response_id)
        self.known.models.setdefault(response.model)
        is_new = digest(response_id) not in self.known.responses
        if is_new:
            self.known.responses[digest(response_id)] = 0
            self.notices.see_response(response, ready.text, place)
            self.intake.keep(response)
        return _Imported(response_id, is_new)

    def _known_response(
        self, place: str, prompt_id: str, ready: ReadyResponse
    ) -> tuple[Response, str]:
        response = ready.to_record(prompt_id, place)
        look = response_look(response)
        return response, self.known.first_like(look, response.response_id, self.known.responses)

    def comparison_id(self, prompt: Prompt, *responses: ReadyResponse) -> str | None:
        """Return the id under which a comparison of responses would be known; None where two of them are one."""
        prompt_id = self.known_as(prompt)
        ids = tuple(self._known_response(prompt.source, prompt_id, r)[1] for r in responses)
        if len(set(ids)) < len(ids):
            return None
        return Comparison(prompt_id=prompt_id, response_ids=ids, strategy="imported").comparison_id

    def refer(self, prompt: Prompt, *responses: ReadyResponse) -> tuple[str, list[str]]:
        """Take in what a comparison refers to, as far as it is new.

        Returns:
            The ids under which the prompt and the responses are known.

        Raises:
            Defect: bad_response: one was made from a response that is not there.
        """
        prompt_id, place = self.known_as(prompt), prompt.source
        named = self._named(place, prompt_id, responses)
        for ready in responses:  # nothing is taken in before all of it can be
            parent_of(ready, self._known_response(place, prompt_id, ready)[1], named)
        is_new = self.known.prompts.first(digest(prompt_id), place) == place
        self._see_metadata(prompt_id, prompt, is_new=is_new)
        if is_new:
            self.intake.offer("prompts")
            self._keep_prompt(prompt)
        taken = [self._keep_response(place, prompt_id, ready, named) for ready in responses]
        self.intake.offer("responses", sum(response.is_new for response in taken))
        return prompt_id, [response.response_id for response in taken]

    def compare(
        self,
        prompt_id: str,
        *response_ids: str,
        strategy: str,
        origin: Origin,
        names: Sequence[str | None] = (),
    ) -> tuple[Link, str]:
        """Find the comparison of two responses or more by id, and take it in where it is new.

        The caller offers it.

        Returns:
            The link from the input's responses to the comparison's own, and the place where it came first.

        Raises:
            Defect: identical_responses.
        """
        if len(set(response_ids)) < len(response_ids):
            which = "both sides are" if len(response_ids) == 2 else "two of the responses are"
            raise Defect("identical_responses", f"{which} the same response; nothing to compare")
        comparison = Comparison(
            prompt_id=prompt_id,
            response_ids=response_ids,
            strategy=strategy,
            source=origin.source,
            source_id=origin.source_id,
        )
        place = origin.source
        first = self.known.comparisons.first(digest(comparison.comparison_id), place)
        if first == place:
            self.intake.keep(comparison)
        is_swapped = len(response_ids) == 2 and comparison.response_ids[0] != response_ids[0]
        return Link(comparison.comparison_id, is_swapped, response_ids, tuple(names)), first

    def judgment(self, fields: Fields, link: Link, defaults: Defaults, origin: Origin) -> None:
        """Take in a judgment that was offered, as often as it was cast.

        Raises:
            Defect: It cannot be used, or is the same event as one before.
        """
        judgment = parse_judgment(fields, link, defaults, origin)
        groups = parse_groups(fields)
        self.known.annotators.setdefault(judgment.annotator_id)
        n_before = self.known.n_cast(judgment)
        fields.counted("taken")
        if n_before:
            fields.counted("repeats")
            judgment = repeated(judgment, n_before)
        self.intake.keep(judgment)
        for group in groups:
            self.known.groups.setdefault((judgment.annotator_id, group))

    def gold(self, gold: Gold, place: str) -> None:
        """Take in a gold verdict that was offered.

        Raises:
            Defect: duplicate_gold or conflicting_gold.
        """
        key = (gold.comparison_id, gold.basis)
        verdict, first = self.known.gold.setdefault(key, (gold.verdict, place))
        if verdict != gold.verdict:
            raise Defect("conflicting_gold", f"says the opposite of {first}; remove one of them")
        if first != place:
            raise Defect("duplicate_gold", f"says the same as {first}")
        self.intake.keep(gold)

    def lost_item(self, row: Row, source: Source) -> None:
        """Remember that the comparison of a line was rejected, so that its judgments say so."""
        if isinstance(row.data, dict):
            with suppress(Defect):
                item_id = Fields(row.data, source.columns).label("item_id")
                if item_id is not None:
                    self.known.items.setdefault(item_id, None)
