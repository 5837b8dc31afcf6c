"""Plug-ins as settings files name them: an entry with the plug-in's name, its settings beside those of the entry."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, ClassVar, Generic, Self, TypeVar

from pydantic import BaseModel, Field, ValidationError, model_validator

from winnow.schemas.base import Value
from winnow.schemas.registry import Registry
from winnow.schemas.wanted import refused, wanted

T = TypeVar("T")


class PlugInSettings(Value, Generic[T]):
    """Settings that name a plug-in of type T; what they do not know themselves is the plug-in's."""

    named_by: ClassVar[str]
    """Field that holds the plug-in's name."""

    registry: ClassVar[Registry[Any]]
    """Where the name is looked up."""

    options: dict[str, Any] = Field(default_factory=dict)
    """Settings of the plug-in; they may as well stand beside its name."""

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, entry: Any) -> Any:
        if not isinstance(entry, Mapping) or not isinstance(entry.get("options", {}), Mapping):
            return entry
        own = cls.model_fields
        options = {key: value for key, value in entry.items() if key not in own}
        kept = {key: value for key, value in entry.items() if key in own}
        if not options:
            return kept
        return {**kept, "options": {**entry.get("options", {}), **options}}

    @model_validator(mode="after")
    def _check(self) -> Self:
        self.build()
        return self

    @property
    def plug_in_settings(self) -> dict[str, Any]:
        """The settings of the plug-in by name."""
        return self.options

    def build(self) -> T:
        """Make the plug-in.

        Raises:
            UnknownName: There is none of that name.
            ValueError: It has no such setting, or a value is wrong.
        """
        name = getattr(self, self.named_by)
        own = [key for key in type(self).model_fields if key != "options"]
        kind = self.registry.find(name)
        plug_in: T = build_plug_in(name, kind, self.plug_in_settings, beside=own)
        return plug_in


def build_plug_in(
    name: str, kind: Any, settings: Mapping[str, Any], beside: list[str] | None = None
) -> Any:
    """Make a plug-in of a pydantic class from its settings.

    Args:
        name: Its name in the settings.
        kind: Its class.
        settings: Its settings.
        beside: Keys that are known beside those of the plug-in, for whoever mistyped one.

    Raises:
        ValueError: It has no such setting, or a value is wrong; one line, so that pydantic can pass it on.
    """
    known: type[BaseModel] = kind
    try:
        return known.model_validate(settings)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(map(str, first["loc"]))
        if first["type"] == "extra_forbidden" and len(first["loc"]) == 1:
            near = get_close_matches(key, [*known.model_fields, *(beside or ())], n=1)
            meant = f" (did you mean {near[0]!r}?)" if near else ""
            names = ", ".join(known.model_fields) or "none"
            raise ValueError(
                f"{name} has no setting {key!r}{meant}; its settings: {names}"
            ) from None
        if first["type"] in ("value_error", "missing"):
            what = "it is missing; add it" if first["type"] == "missing" else wanted(first)
            raise ValueError(f"{f'{key} of ' if key else ''}{name}: {what}") from None
        raise ValueError(refused(f"{key} of {name}", first)) from None
