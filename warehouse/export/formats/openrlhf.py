"""What OpenRLHF's reward model and DPO training load (read and tried with 0.11)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from winnow.warehouse.export.carries import Carries, why_left_out
from winnow.warehouse.export.chat import Told, told, turn_feature, words_by_role
from winnow.warehouse.export.layout import (
    FORMATS,
    Content,
    Layout,
    MarginKind,
    PreferenceText,
    Rows,
    margin_of,
)

if TYPE_CHECKING:
    from datasets import Features


_CARRIES = Carries(beginning=True)


@FORMATS.register("openrlhf", version=1)
class OpenRlhfLayout(Layout):
    """Message lists under prompt, chosen and rejected, with a margin.

    Its chat template never sees tools, so what uses any is left out.
    """

    margin: MarginKind = "posterior"
    """Which margin to write."""

    @property
    def read_by(self) -> str:
        """Say what loads it."""
        return "OpenRLHF with `--data.prompt_key prompt --data.apply_chat_template`."

    def features(self, content: Content) -> "Features":
        """List the columns.

        Turns are structs and never JSON: OpenRLHF replaces these columns by text under the same names, and `datasets`
        would split that text into a list of JSON characters.
        """
        from datasets import Features, List, Value

        chat, number = List(turn_feature()), Value("float64")
        return Features(
            {"prompt": chat, "chosen": chat, "rejected": chat, "margin": number}
            | {"preference_id": Value("string")}
        )

    def rows(self, group: Sequence[PreferenceText], content: Content) -> Rows:
        """Yield one row a preference; ties, images and tools have no place in it."""
        found = [(p, told(p)) for p in group]
        reasons = [self._why_not(p, parts) for p, parts in found]
        kept = [pair for pair, reason in zip(found, reasons, strict=True) if reason is None]
        return Rows([self._row(p, parts) for p, parts in kept], [r for r in reasons if r])

    def _row(self, preference: PreferenceText, parts: Told) -> dict[str, Any]:
        return {
            "prompt": words_by_role(parts.asked),
            "chosen": words_by_role(parts.chosen),
            "rejected": words_by_role(parts.rejected),
            "margin": margin_of(preference, self.margin),
            "preference_id": preference["preference_id"],
        }

    def _why_not(self, preference: PreferenceText, parts: Told) -> str | None:
        if reason := why_left_out(parts, _CARRIES):
            return reason
        if preference["is_tied"]:
            return "tied"
        has_margin = margin_of(preference, self.margin) is not None
        return None if has_margin else "no_length_controlled_margin"
