"""What verl loads, for reward models and for reinforcement learning."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from winnow.schemas.rubric_forms.verl import VerlForm
from winnow.warehouse.export.carries import Carries, why_left_out
from winnow.warehouse.export.chat import told, turn_feature, words_by_role
from winnow.warehouse.export.layout import FORMATS, Content, Layout, PreferenceText, Rows
from winnow.warehouse.export.rubrics import rubric_features, rubric_rows, wanted_rubrics

if TYPE_CHECKING:
    from datasets import Features


_PAIRS = Carries(roles=False)
_PROMPTS = Carries(responses=False)


@FORMATS.register("verl", version=1)
class VerlLayout(Layout):
    """Plain text pairs for a reward model, or prompts with their reference or their rubric for reinforcement learning.

    verl tells the chat template of tools that a settings file of its own names, not of a row's: what uses any is left out.
    """

    variant: Literal["reward_model", "rl", "rubric"] = "reward_model"
    """Which of verl's data sets to write."""

    data_source: str = "winnow"
    """By this name verl looks up the reward function of a row; it refuses names that it does not know."""

    unproven: bool = False
    """Write derived rubrics that nothing has proven yet as well."""

    separator: str = "\n\n"
    """What ends a prompt of plain text, since verl joins prompt and response as they are."""

    @property
    def unit(self) -> str:
        """What one row is."""
        return "preferences" if self.variant == "reward_model" else "prompts"

    @property
    def read_by(self) -> str:
        """Say what loads it."""
        if self.variant != "reward_model":
            return (
                f"verl's RLHFDataset. Give verl a reward function for data_source {self.data_source!r}"
                " (`custom_reward_function.path`), since it refuses sources that it does not know."
            )
        return "verl's RMDataset: plain text under prompt, chosen and rejected."

    @property
    def rubrics(self) -> Literal["proven", "all"] | None:
        """Which rubrics it wants."""
        return wanted_rubrics(self.unproven) if self.variant == "rubric" else None

    def features(self, content: Content) -> "Features":
        """List the columns of the variant."""
        from datasets import Features, List, Value

        string = Value("string")
        if self.variant == "rubric":
            return rubric_features(VerlForm)
        if self.variant == "reward_model":
            return Features(
                {name: string for name in ("prompt", "chosen", "rejected", "preference_id")}
            )
        return Features(
            {
                "data_source": string,
                "prompt": List(turn_feature()),
                "ability": string,
                "reward_model": {"style": string, "ground_truth": string},
                "extra_info": {
                    "split": string,
                    "prompt_id": string,
                    "preference_ids": List(string),
                }
                | ({"metadata": string} if content.has_metadata else {}),
            }
        )

    def rows(self, group: Sequence[PreferenceText], content: Content) -> Rows:
        """Yield one row a preference, or one a prompt that has a reference or a rubric to score against."""
        if self.variant == "rubric":
            return rubric_rows(VerlForm, group, data_source=self.data_source)
        return self._prompt(group, content) if self.variant == "rl" else self._pairs(group)

    def _prompt(self, group: Sequence[PreferenceText], content: Content) -> Rows:
        first, parts = group[0], told(group[0])
        if reason := why_left_out(parts, _PROMPTS):
            return Rows([], [reason])
        if first["reference"] is None:
            return Rows([], ["no_reference"])
        row = {
            "data_source": self.data_source,
            "prompt": words_by_role(parts.asked),
            "ability": first["domain"] or "general",
            "reward_model": {"style": "rule", "ground_truth": first["reference"]},
            "extra_info": {
                "split": first["split"],
                "prompt_id": first["prompt_id"],
                "preference_ids": [p["preference_id"] for p in group],
            }
            | ({"metadata": first["metadata"]} if content.has_metadata else {}),
        }
        return Rows([row], [])

    def _pairs(self, group: Sequence[PreferenceText]) -> Rows:
        found = [(p, told(p)) for p in group]
        reasons = [why_left_out(parts, _PAIRS) or _tied(p) for p, parts in found]
        rows = [
            {
                "prompt": parts.asked[0].text() + self.separator,
                "chosen": p["chosen"],
                "rejected": p["rejected"],
                "preference_id": p["preference_id"],
            }
            for (p, parts), reason in zip(found, reasons, strict=True)
            if reason is None
        ]
        return Rows(rows, [reason for reason in reasons if reason])


def _tied(preference: PreferenceText) -> str | None:
    return "tied" if preference["is_tied"] else None
