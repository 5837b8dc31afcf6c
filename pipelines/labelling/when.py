"""Where an annotator is asked: on which prompts, and where another one is in doubt."""

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from winnow.schemas.base import Value
from winnow.schemas.prompts import Prompt

Scalar = str | bool | int | float


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class When(Value):
    """Comparisons that an annotator is asked about; all that is said has to hold."""

    domain: Names = ()
    """Domains of the prompts, one or a list; left out, all."""

    language: Names = ()
    """Languages of the prompts, one or a list of BCP 47 tags as the prompts have them; left out, all."""

    metadata: dict[str, Scalar] = Field(default_factory=dict)
    """Keys of the prompts' metadata with the value that each must have."""

    min_prompt_chars: Annotated[int, Field(ge=0)] | None = None
    """Shortest prompt, all its turns together, in characters; left out, any."""

    max_prompt_chars: Annotated[int, Field(ge=1)] | None = None
    """Longest prompt, all its turns together, in characters; left out, any."""

    doubt_of: str | None = None
    """An annotator before it in the list that must be in doubt, such as "pairwise:small" (judge and model) or "form" (verifier)."""

    below: Annotated[float, Field(gt=0.5, le=1)] | None = None
    """The annotator of `doubt_of` is in doubt where its confidence is less: the probability of the side that it favours, mean over the orders; 1 of one that states none and
    says the same in both orders, 0.5 of a tie and of verdicts that contradict each other, 0 where one cannot be read or was not given. Left out, 0.75."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.below is not None and self.doubt_of is None:
            raise ValueError(
                f"below is {self.below:g}, but doubt_of does not say whose confidence; name an annotator or drop below"
            )
        if self == When.model_construct():
            raise ValueError(
                "when says nothing; give at least one of domain, language, metadata, min_prompt_chars, max_prompt_chars "
                "and doubt_of, or leave when out"
            )
        low, high = self.min_prompt_chars, self.max_prompt_chars
        if low is not None and high is not None and low > high:
            raise ValueError(
                f"min_prompt_chars is {low} and max_prompt_chars {high}; no prompt fits"
            )
        return self

    @property
    def sure_from(self) -> float:
        """Confidence from which nobody is asked after the annotator of `doubt_of`."""
        return _SURE_FROM if self.below is None else self.below

    def fits(self, prompt: Prompt) -> bool:
        """Say whether a prompt is one of those that are asked about."""
        if self.domain and prompt.domain not in self.domain:
            return False
        if self.language and prompt.language not in self.language:
            return False
        if self.metadata and not self._has_metadata(prompt):
            return False
        n_chars = sum(len(turn.text()) for turn in prompt.messages)
        return (self.min_prompt_chars or 0) <= n_chars and (
            self.max_prompt_chars is None or n_chars <= self.max_prompt_chars
        )

    def _has_metadata(self, prompt: Prompt) -> bool:
        known = prompt.brought()
        return all(
            key in known and type(known[key]) is type(value) and known[key] == value
            for key, value in self.metadata.items()
        )


_SURE_FROM = 0.75
