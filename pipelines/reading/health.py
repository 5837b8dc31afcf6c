"""Whether a source is good enough to go on with, in each unit that it holds."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from winnow.pipelines.reading.defects import REASONS, Defect
from winnow.schemas.errors import MalformedInput
from winnow.schemas.plurals import agreeing, counted

_N_SHOWN = 3
_MOST = 0.5
"""Share of a unit that may be of no use though it is well formed, such as comparisons of a response with itself."""


@dataclass
class _Unit:
    n: int = 0
    malformed: Counter[str] = field(default_factory=Counter)
    useless: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

    def shown(self, reasons: Counter[str]) -> str:
        common = reasons.most_common(_N_SHOWN)
        return "; ".join(f"{n} {reason}, such as {self.examples[reason]}" for reason, n in common)


class Health:
    """Counts what cannot be used of one source, lines and what stands in them alike, with an example of each reason."""

    def __init__(self, name: str, max_malformed: float, lines: str) -> None:
        """Begin with nothing.

        Args:
            name: The source, as messages call it.
            max_malformed: Share of a unit that may be malformed.
            lines: The unit of which every line is one, such as "prompts".
        """
        self.name = name
        self.max_malformed = max_malformed
        self._lines = lines
        self._units: defaultdict[str, _Unit] = defaultdict(_Unit)

    def offer(self, unit: str, n: int) -> None:
        """Count records of a unit as having come in."""
        self._units[unit].n += n

    def see(self, unit: str, place: str, defect: Defect) -> None:
        """Note why one is rejected; what is not wanted, or was there before, does not count."""
        reason, of = REASONS[defect.reason], self._units[unit]
        if reason.is_malformed:
            of.malformed[defect.reason] += 1
        if reason.is_malformed or reason.is_useless:
            of.useless[defect.reason] += 1
            of.examples.setdefault(defect.reason, f"{place}: {defect.detail}")

    def check(self) -> None:
        """Stop where nothing, or too little of any unit, can be used.

        Raises:
            MalformedInput: The source is empty, or of a unit more than `max_malformed` are malformed, or most are of
                no use.
        """
        if self._lines not in self._units:
            raise MalformedInput(f"{self.name} is empty, wanted at least one line")
        for unit in sorted(self._units, key=lambda unit: unit != self._lines):
            self._check(unit, "lines" if unit == self._lines else unit)

    def _check(self, unit: str, named: str) -> None:
        of, allowed = self._units[unit], self.max_malformed
        n_malformed, n_useless = of.malformed.total(), of.useless.total()
        facts = {"n_malformed": n_malformed, "n_lines": of.n, "unit": unit}
        is_nothing_left = named == "lines" and n_malformed == of.n
        if n_malformed > allowed * of.n or is_nothing_left:
            raise MalformedInput(
                f"{self.name}: {_share_of(n_malformed, of.n, named)} malformed, "
                f"max_malformed allows {allowed:.0%}: {of.shown(of.malformed)}",
                reasons=dict(of.malformed),
                **facts,
            )
        if n_useless > max(_MOST, allowed) * of.n:
            raise MalformedInput(
                f"{self.name}: {_share_of(n_useless, of.n, named)} of no use: {of.shown(of.useless)}; "
                "mend them, or raise max_malformed to go on without them",
                reasons=dict(of.useless),
                **facts,
            )


def _share_of(n: int, n_all: int, named: str) -> str:
    return f"{n:,} of {counted(n_all, named.removesuffix('s'), named)} {agreeing(n, 'is', 'are')}"
