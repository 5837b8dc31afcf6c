"""What NeMo-RL's preference data sets load."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from winnow.warehouse.export.carries import Carries, why_left_out
from winnow.warehouse.export.chat import Told, told, turn_feature, words_by_role
from winnow.warehouse.export.layout import FORMATS, Content, Layout, PreferenceText, Rows

if TYPE_CHECKING:
    from datasets import Features


_CARRIES = Carries(beginning=True)


@FORMATS.register("nemo_rl", version=1)
class NemoRlLayout(Layout):
    """A context and exactly two ranked completions, rank 0 the better one, as JSON lines.

    Its preprocessing passes no tools to the chat template, so what uses any is left out.
    """

    file_type: ClassVar[Literal["parquet", "jsonl"]] = "jsonl"

    task_name: str | None = None
    """Name of every row's task, which NeMo-RL before February 2026 wants; newer versions fail where a file holds it.
    Left out, there is no such column."""

    @property
    def read_by(self) -> str:
        """Say what loads it."""
        return "NeMo-RL's PreferenceDataset, for DPO and reward models."

    def features(self, content: Content) -> "Features":
        """List the columns."""
        from datasets import Features, List, Value

        turns, string = List(turn_feature()), Value("string")
        ranked = List({"rank": Value("int64"), "completion": turns})
        named = {} if self.task_name is None else {"task_name": string}
        return Features(
            {"context": turns, "completions": ranked} | named | {"preference_id": string}
        )

    def rows(self, group: Sequence[PreferenceText], content: Content) -> Rows:
        """Yield one row a preference; ranks cannot tie, and turns hold no tools and no images."""
        found = [(p, told(p)) for p in group]
        reasons = [why_left_out(parts, _CARRIES) or _tied(p) for p, parts in found]
        kept = [pair for pair, reason in zip(found, reasons, strict=True) if reason is None]
        return Rows([self._row(p, parts) for p, parts in kept], [r for r in reasons if r])

    def _row(self, preference: PreferenceText, parts: Told) -> dict[str, Any]:
        completions = [
            {"rank": 0, "completion": words_by_role(parts.chosen)},
            {"rank": 1, "completion": words_by_role(parts.rejected)},
        ]
        named = {} if self.task_name is None else {"task_name": self.task_name}
        row = {"context": words_by_role(parts.asked), "completions": completions}
        return row | named | {"preference_id": preference["preference_id"]}


def _tied(preference: PreferenceText) -> str | None:
    return "tied" if preference["is_tied"] else None
