"""The verifier that compares a response's tool calls with those that its prompt expects."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple

from winnow.annotation.judge import Reading
from winnow.annotation.verifier import VERIFIERS, Finding, Measurement, Verifier
from winnow.annotation.verifiers.comparing import by_score
from winnow.annotation.verifiers.expected_calls import (
    CallFault,
    CallMatch,
    ExpectedCall,
    NoExpectedCalls,
    expected_calls,
    match_call,
)
from winnow.annotation.verifiers.tool_schemas import arguments_of, tools_in
from winnow.schemas.prompts import Prompt, ToolCall
from winnow.schemas.responses import Response

Pairs = list[tuple[int, int]]
Worth = Callable[[int, int], float]


class _Compared(NamedTuple):
    """What came of comparing all calls of a response."""

    names: float
    keys: float
    values: float
    types: float
    score: float
    faults: list[CallFault]


@VERIFIERS.register("tool_calls", version=1)
class ToolCallsVerifier(Verifier):
    """Compare the tool calls of a response, of all its turns, with those that its prompt expects; 1 where they are the same.

    Each expected call is set beside at most one call of the same tool, so that all together agree best. The parts, from 0 to 1:
    `names`, the calls that both have of those that either has; `keys`, how far the names of parameters agree, on average over the
    expected calls; `values`, the share of expected parameters with a value that will do; and `types`, the share of those with a
    value of the right type. The score joins the first three: 1 for the names, and for each expected call 1 for its keys
    and 1 for each value, over the most that this can come to. What is wrong is named: `missing_call`, `extra_call`, `unknown_tool`,
    `malformed_arguments`, `missing_parameter`, `unexpected_parameter`, `type_error`, `value_error`.

    Source: ToolRL (arXiv:2504.13958) for the parts; the Berkeley Function Calling Leaderboard for values that will do.
    """

    needs: ClassVar[str] = "no_expected_calls"
    reads: ClassVar[str | None] = "metadata"

    expected_key: str = "expected_calls"
    """Key of the prompt's metadata that holds the expected calls: a list of {"name": …, "arguments": {…}}, or of {name: {parameter:
    [values that will do]}}, where a parameter with "" among its values may be left out. An empty list expects no call."""

    in_order: bool = False
    """Whether the calls have to come in the order of the expected ones; otherwise their order does not count."""

    exact_text: bool = False
    """Whether texts have to be the same to the letter; otherwise case, white space and the marks , . / - _ * ^ do not count."""

    def examine(self, prompt: Prompt, response: Response) -> Finding:
        """Compare the calls of one response; None where its prompt says nothing of calls."""
        brought = prompt.brought().get(self.expected_key)
        if brought is None:
            return Finding(response_id=response.response_id, score=None)
        try:
            expected = expected_calls(brought)
        except NoExpectedCalls as error:
            why = f"metadata.{self.expected_key}: {error}"
            return Finding(response_id=response.response_id, score=None, status="error", reason=why)
        calls = [call for turn in response.as_turns() for call in turn.tool_calls]
        if expected and not calls:
            return Finding(
                response_id=response.response_id,
                score=0.0,
                status="no_answer",
                reason=f"calls nothing where {len(expected)} calls are expected",
            )
        return _finding(response, self._compared(prompt, expected, calls))

    def compare(self, a: Finding, b: Finding) -> Reading:
        """Prefer the higher score; equal scores are a tie."""
        return by_score("tool_calls", a, b)

    def _compared(
        self, prompt: Prompt, expected: Sequence[ExpectedCall], calls: Sequence[ToolCall]
    ) -> _Compared:
        tools = tools_in(prompt.tools)
        matches = {
            (i, j): match_call(
                one, arguments_of(call), tools.get(call.name, {}), exact_text=self.exact_text
            )
            for i, one in enumerate(expected)
            for j, call in enumerate(calls)
            if one.name == call.name
        }

        def worth(i: int, j: int) -> float:
            found = matches.get((i, j))
            return 1 + found.keys + found.n_right if found else 0.0

        pair_up = in_order_pairs if self.in_order else best_pairs
        pairs = pair_up(len(expected), len(calls), worth)
        faults = list(_unpaired(expected, calls, pairs))
        if prompt.tools:
            faults += [CallFault("unknown_tool", c.name) for c in calls if c.name not in tools]
        return _joined(expected, len(calls), [matches[pair] for pair in pairs], faults)


def best_pairs(n_expected: int, n_calls: int, worth: Worth) -> Pairs:
    """Pair expected calls with calls, each at most once, so that the sum of what the pairs are worth is highest."""
    if not n_expected or not n_calls:
        return []
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    matrix = np.array([[worth(i, j) for j in range(n_calls)] for i in range(n_expected)])
    rows, columns = linear_sum_assignment(matrix, maximize=True)
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    return [(i, j) for i, j in pairs if matrix[i, j] > 0]


def in_order_pairs(n_expected: int, n_calls: int, worth: Worth) -> Pairs:
    """The same where no two pairs may cross."""
    best: list[list[tuple[float, Pairs]]] = [[(0.0, [])] * (n_calls + 1)]
    for i in range(n_expected):
        row: list[tuple[float, Pairs]] = [(0.0, [])]
        for j in range(n_calls):
            ways = [best[i][j + 1], row[j]]
            if (value := worth(i, j)) > 0:
                ways.append((best[i][j][0] + value, [*best[i][j][1], (i, j)]))
            row.append(max(ways, key=lambda way: way[0]))
        best.append(row)
    return best[-1][-1][1]


def _unpaired(
    expected: Sequence[ExpectedCall], calls: Sequence[ToolCall], pairs: Pairs
) -> list[CallFault]:
    met, used = {i for i, _ in pairs}, {j for _, j in pairs}
    missing = [CallFault("missing_call", e.name) for i, e in enumerate(expected) if i not in met]
    extra = [CallFault("extra_call", c.name) for j, c in enumerate(calls) if j not in used]
    return missing + extra


def _joined(
    expected: Sequence[ExpectedCall],
    n_calls: int,
    matches: Sequence[CallMatch],
    faults: Sequence[CallFault],
) -> _Compared:
    n_either = len(expected) + n_calls - len(matches)
    n_values = sum(len(one.values) for one in expected)
    names = len(matches) / n_either if n_either else 1.0
    keys, right = sum(one.keys for one in matches), sum(one.n_right for one in matches)
    typed = sum(one.n_typed for one in matches)
    return _Compared(
        names=names,
        keys=keys / len(expected) if expected else names,
        values=right / n_values if n_values else names,
        types=typed / n_values if n_values else names,
        score=(names + keys + right) / (1 + len(expected) + n_values),
        faults=[*faults, *(fault for one in matches for fault in one.faults)],
    )


def _finding(response: Response, found: _Compared) -> Finding:
    kinds = Counter(fault.kind for fault in found.faults)
    return Finding(
        response_id=response.response_id,
        score=round(found.score, 6),
        failed=tuple(sorted(kinds)),
        reason="; ".join(f"{fault.kind}: {fault.where}" for fault in found.faults),
        parts=tuple(
            Measurement(name=name, score=round(getattr(found, name), 6))
            for name in ("names", "keys", "values", "types")
        ),
    )
