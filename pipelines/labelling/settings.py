"""Settings of the annotators that label without people: judges and verifiers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from winnow.annotation.embeddings import TFIDF, embedding
from winnow.annotation.judge import Judge
from winnow.annotation.judges import JUDGES
from winnow.annotation.judges.repeated import RepeatedJudge
from winnow.annotation.sandbox import check_available
from winnow.annotation.verifier import Verifier
from winnow.annotation.verifiers import VERIFIERS
from winnow.pipelines.labelling.when import When
from winnow.pipelines.runners import is_local
from winnow.schemas.ids import content_id
from winnow.schemas.judgments import Order
from winnow.schemas.labels import KnownAnnotator
from winnow.schemas.plug_ins import PlugInSettings
from winnow.schemas.registry import Registry

_SUFFIX_DIGITS = 6


class JudgeSettings(PlugInSettings[Judge]):
    """A judge with the model that it asks; the judge's own settings stand beside these."""

    named_by: ClassVar[str] = "judge"
    registry: ClassVar[Registry[Judge]] = JUDGES

    judge: str
    """Name of the judge, such as "pairwise", "rating" or "reward"."""

    model: str
    """Name of the model in the settings."""

    orders: Literal["both", "ab", "ba", "cyclic"] = "both"
    """Which response is shown first; "both" asks twice, so that a verdict that depends on the order shows. "cyclic" shows a
    group of n to a judge of groups n times, each response once at each place. A judge that is asked about one response has
    no order."""

    temperature: Annotated[float, Field(ge=0)] = 0.0
    """0 takes the model's likeliest reply. Judges that have given texts scored, such as `reward`, take no other."""

    samples: Annotated[int, Field(ge=1, le=100)] = 1
    """How often the judge does its whole work: the verdict is that of most draws, their share is the probability unless each states
    its own, of which it is then the mean, and ratings are means with their distribution. Needs a temperature above 0."""

    when: When | None = None
    """Comparisons that it is asked about; left out, all. It is no part of the annotator's name."""

    @model_validator(mode="after")
    def _check_conflict(self) -> Self:
        if conflict := self.build().conflict(self.model, self.temperature):
            raise ValueError(f"{self.judge}: {conflict}")
        return self

    @model_validator(mode="after")
    def _check_samples(self) -> Self:
        given = {"samples": self.samples > 1, "temperature": self.temperature > 0}
        idle = [key for key, is_given in given.items() if is_given]
        if idle and not self.drawn_once.is_sampled:
            told = " and ".join(f"{key} is {getattr(self, key)}" for key in idle)
            raise ValueError(
                f"{told}, but {self.judge} has given texts scored, and another draw gives the same numbers; leave "
                f"{' and '.join(idle)} out"
            )
        if self.samples > 1 and not self.temperature:
            raise ValueError(
                f"samples is {self.samples}, but at temperature 0 a model's replies hardly vary; give a temperature, such as 0.7, "
                "or leave samples out"
            )
        return self

    @model_validator(mode="after")
    def _check_orders(self) -> Self:
        if "orders" in self.model_fields_set and self.build().subject == "response":
            raise ValueError(
                f"orders is {self.orders!r}, but {self.judge} with these settings is asked about one response, which has no "
                "order; leave orders out"
            )
        if self.orders == "cyclic" and self.build().subject != "group":
            raise ValueError(
                f"orders is 'cyclic', but {self.judge} is asked about two responses, which have two orders; leave orders out"
            )
        return self

    @property
    def drawn_once(self) -> Judge:
        """The judge that does its work once."""
        return super().build()

    def build(self) -> Judge:
        """Make the judge, which draws as often as `samples` says.

        Raises:
            UnknownName: There is none of that name.
            ValueError: It has no such setting, or a value is wrong.
        """
        judge = self.drawn_once
        return RepeatedJudge(judge=judge, samples=self.samples) if self.samples > 1 else judge

    @property
    def model_names(self) -> dict[str, str]:
        """Names of all models that it asks, by the key that names each."""
        return {"model": self.model, **self.build().further_models}

    @property
    def annotator_id(self) -> str:
        """Name, version and model, such as "pairwise@1:smollm2", and a mark where settings are not the default."""
        sampling: dict[str, Any] = {"temperature": self.temperature} if self.temperature else {}
        if self.samples > 1:
            sampling["samples"] = self.samples
        return f"{self.title}:{self.model}{mark_of(self.drawn_once, sampling)}"

    @property
    def known(self) -> KnownAnnotator:
        """What is known of it before it has judged anything."""
        return KnownAnnotator(
            annotator_id=self.annotator_id,
            model=self.model,
            annotator_version=self.drawn_once.version,
        )

    @property
    def title(self) -> str:
        """Name and version alone, such as "pairwise@1"."""
        judge = self.drawn_once
        return f"{judge.name}@{judge.version}"

    @property
    def needs_gold(self) -> bool:
        """Whether it shows its model comparisons whose verdict is known."""
        return self.build().shows is not None

    @property
    def learned(self) -> str | None:
        """Name of the embeddings by which it finds what it shows its model; None where it needs none."""
        shows = self.build().shows
        return shows.by if shows and shows.by != TFIDF else None

    @property
    def shown(self) -> tuple[Order, ...]:
        """List the orders to ask about two responses in."""
        if self.orders == "both" or self.orders == "cyclic":
            return ("ab", "ba")
        return (self.orders,)


class VerifierSettings(PlugInSettings[Verifier]):
    """A verifier; its own settings stand beside its name."""

    named_by: ClassVar[str] = "verifier"
    registry: ClassVar[Registry[Verifier]] = VERIFIERS

    verifier: str
    """Name of the verifier, such as "reference_overlap", "form" or "answer"."""

    when: When | None = None
    """Comparisons whose responses it measures; left out, all."""

    @model_validator(mode="after")
    def _check_when(self) -> Self:
        if self.when is not None and self.when.doubt_of is not None:
            raise ValueError(
                f"when.doubt_of is {self.when.doubt_of!r}, but verifiers measure before any judge is asked; leave doubt_of out"
            )
        return self

    @property
    def annotator_id(self) -> str:
        """Name and version, such as "form@1", and a mark where settings are not the default."""
        verifier = self.build()
        return f"{verifier.name}@{verifier.version}{mark_of(verifier, {})}"

    @property
    def learned(self) -> str | None:
        """Name of the embeddings that it measures by; None where it needs none."""
        return self.build().learned

    @property
    def known(self) -> KnownAnnotator:
        """What is known of it before it has judged anything."""
        version = self.build().version
        return KnownAnnotator(annotator_id=self.annotator_id, annotator_version=version)


def mark_of(plug_in: Any, more: dict[str, Any]) -> str:
    """Tell annotators of one name but other settings apart: each is as reliable as it proves, not as its twin."""
    return mark_for({**plug_in.model_dump(mode="json", exclude_defaults=True), **more})


def mark_for(changed: Mapping[str, Any]) -> str:
    """Make the mark of settings that are not the default; empty where all are."""
    return f"#{content_id(changed)[:_SUFFIX_DIGITS]}" if changed else ""


def _kind(entry: Any) -> str | None:
    keys = entry if isinstance(entry, dict) else getattr(type(entry), "model_fields", {})
    return next((kind for kind in ("judge", "verifier") if kind in keys), None)


def _all_different(entries: Sequence[Any]) -> Sequence[Any]:
    seen: set[str] = set()
    for entry in entries:
        if entry.annotator_id in seen:
            raise ValueError(
                f"{entry.annotator_id} stands twice; leave one out or change its settings"
            )
        seen.add(entry.annotator_id)
    return entries


def _doubts_named(entries: Sequence[Any]) -> Sequence[Any]:
    """Write the whole name of the annotator in each `doubt_of`, which has to be asked before."""
    found: list[Any] = []
    for i, entry in enumerate(entries):
        name = entry.when.doubt_of if entry.when else None
        if name is None:
            found.append(entry)
            continue
        earlier: list[Any] = [*verifiers_of(entries), *judges_of(entries[:i])]
        same = [one.annotator_id for one in earlier if name in _names_of(one)]
        if len(same) != 1:
            known = ", ".join(dict.fromkeys(_names_of(one)[-1] for one in earlier)) or "none"
            why = "several of that name: give the whole name" if same else "no such annotator"
            raise ValueError(
                f"{entry.annotator_id}: doubt_of is {name!r}, but there is {why} among those asked before it ({known})"
            )
        when = entry.when.model_copy(update={"doubt_of": same[0]})
        found.append(entry.model_copy(update={"when": when}))
    return tuple(found)


def _names_of(entry: Any) -> tuple[str, ...]:
    """List the names under which `doubt_of` knows an annotator."""
    if isinstance(entry, VerifierSettings):
        return entry.annotator_id, entry.verifier
    return entry.annotator_id, f"{entry.title}:{entry.model}", f"{entry.judge}:{entry.model}"


def judges_in(label: Iterable[object]) -> Iterator[tuple[int, JudgeSettings]]:
    """List the judges among the annotators of settings, each with its place."""
    return ((i, entry) for i, entry in enumerate(label) if isinstance(entry, JudgeSettings))


def judges_of(label: Iterable[object]) -> list[JudgeSettings]:
    """List the judges among the annotators of settings, in their order."""
    return [judge for _, judge in judges_in(label)]


def models_called(label: Iterable[object]) -> Iterator[tuple[str, str]]:
    """List the models of the judges among the annotators of settings, each with the place that names it."""
    return (
        (f"[{i}].{key}", name)
        for i, judge in judges_in(label)
        for key, name in judge.model_names.items()
    )


def find_embeddings(names: Iterable[str | None]) -> None:
    """Find embeddings of some names before anybody needs them; None needs none.

    Raises:
        MissingPackage: A package that carries or runs them is not installed.
        InvalidSettings: They are not on this machine.
    """
    for name in dict.fromkeys(names):
        if name is not None:
            embedding(name)


def find_sandbox(label: Iterable[object], runner: str) -> None:
    """See whether programs can be isolated where verifiers want that, before any annotator begins.

    Args:
        label: Annotators of settings.
        runner: Beam's runner, by which they work; other machines than this one are not looked at.

    Raises:
        SandboxUnavailable: They cannot.
    """
    wants = (isinstance(entry, VerifierSettings) and entry.build().isolates for entry in label)
    if is_local(runner) and any(wants):
        check_available()


def verifiers_of(label: Iterable[object]) -> list[VerifierSettings]:
    """List the verifiers among the annotators of settings, in their order."""
    return [entry for entry in label if isinstance(entry, VerifierSettings)]


AnnotatorSettings = Annotated[
    Annotated[JudgeSettings, Tag("judge")] | Annotated[VerifierSettings, Tag("verifier")],
    Discriminator(
        _kind,
        custom_error_type="annotator",
        custom_error_message="an entry needs one of the keys 'judge' and 'verifier'",
    ),
]

LabelSettings = Annotated[
    tuple[AnnotatorSettings, ...], AfterValidator(_all_different), AfterValidator(_doubts_named)
]
"""The `label` list of a settings file."""
