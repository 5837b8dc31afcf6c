"""What had no effect: a setting that decided nothing is an error, a column that nothing reads is named."""

from collections.abc import Iterator

from winnow.pipelines.reading.settings import RESPONSE_COLUMNS, ComparisonSource, GoldSource, Source
from winnow.pipelines.reading.usage import Usage, printable
from winnow.schemas.errors import InvalidSettings
from winnow.schemas.plurals import agreeing, counted

_MOST_LISTED = 40
_AUTHORS = tuple(name for name in RESPONSE_COLUMNS if "model" in name)


def check_columns(source: Source, name: str, usage: Usage) -> None:
    """Check that each column that the settings name is there.

    Raises:
        InvalidSettings: No row has one.
    """
    if not usage.columns:
        return  # no row could be read at all, which is said elsewhere
    listed = ", ".join(map(printable, sorted(usage.columns)[:_MOST_LISTED]))
    for ours, theirs in source.columns.items():
        key = f"{name}: {source.key}.columns.{ours}"
        if theirs is None and ours not in usage.columns:
            raise InvalidSettings(
                f"{key} is null, which leaves a column {ours!r} unread, but no row has one; drop it"
            )
        if theirs is not None and theirs not in usage.columns:
            raise InvalidSettings(
                f"{key} is {theirs!r}, but no row has such a column; found: {listed}; "
                f"{_inner_hint(theirs, usage)}name one of these, or drop it"
            )

    for column in source.kept:
        if column not in usage.columns:
            raise InvalidSettings(
                f"{name}: {source.key}.keep names {column!r}, but no row has such a column; found: {listed}; "
                f"{_inner_hint(column, usage)}name one of these, or drop it"
            )


def _inner_hint(column: str, usage: Usage) -> str:
    outer, _, inner = column.partition(".")
    if not inner or outer not in usage.columns:
        return ""
    return f"what is inside {outer!r} cannot be named, give it a column of its own; "


def check_effects(source: Source, name: str, usage: Usage) -> None:
    """Check that each mapped column and each setting decided something in at least one row.

    Raises:
        InvalidSettings: One did not.
    """
    for ours, theirs in source.columns.items():
        if theirs is None or usage.is_read(ours):
            continue
        why = _why_unread(ours, source) if usage.holds(theirs) else "it is empty in every row"
        raise InvalidSettings(
            f"{name}: {source.key}.columns.{ours} is {theirs!r}, which has no effect: {why}; "
            "drop it, or name another column"
        )
    for column in source.kept:
        if not usage.holds(column):
            raise InvalidSettings(
                f"{name}: {source.key}.keep names {column!r}, which has no effect: it is empty in every row; drop it"
            )
    for setting, value, why in _idle_settings(source, usage):
        raise InvalidSettings(
            f"{name}: {source.key}.{setting} is {value}, which has no effect: {why}; drop it, or mend that"
        )


def _why_unread(ours: str, source: Source) -> str:
    if ours in _AUTHORS:
        return "no row has the response whose author it would name"
    if ours in ("messages", "chosen", "rejected"):
        before = "prompt" if ours == "messages" else "response_a"
        return f"{before!r} is read in its place"
    if ours == "id":
        return "'judgment_id' is read in its place"
    if isinstance(source, GoldSource):
        return "'item_id' is read in its place"
    return f"no row holds a judgment that it could belong to; {_verdict_hint(source)}"


def _verdict_hint(source: Source) -> str:
    if isinstance(source, ComparisonSource) and source.judgments:
        return f"those of {source.judgments.name} have settings of their own, comparisons.judgments"
    return "name the column that says which is better, such as columns: {verdict: winner}"


def _idle_settings(source: Source, usage: Usage) -> Iterator[tuple[str, str, str]]:
    """Yield each setting that decided nothing, with its value and why."""
    nobody = f"no judgment is read; {_verdict_hint(source)}" if not usage.counted["taken"] else ""
    for setting in source.fillers:
        value = getattr(source, setting)
        if value != type(source).model_fields[setting].default and setting not in usage.settings:
            yield setting, repr(value), nobody or f"every row says its own {setting}"
    words = source.words
    if words and not usage.words:
        yield "verdicts", f"{{{', '.join(words)}}}", nobody or "none of its words occurs in any row"


def notes(source: Source, name: str, usage: Usage) -> Iterator[str]:
    """Say, a line each, what of a source was not read or was read in a way that one should know."""
    unread = usage.unread()
    if not usage.counted[
        "lines"
    ]:  # of rows that were all rejected, what would have been read is no news
        wanted = {source.columns.get(column, column) for column in source.known_columns}
        unread = {path: shown for path, shown in unread.items() if path not in wanted}
    for path in list(unread)[:_MOST_LISTED]:
        yield f"not read: {name}: {printable(path) or 'a column without a name'}, such as {unread[path]}"
    if len(unread) > _MOST_LISTED:
        yield f"not read: {name}: and {counted(len(unread) - _MOST_LISTED, 'more column')}"
    if n := usage.counted["battles"]:
        yield (
            f"{name}: {counted(n, 'comparison')} {agreeing(n, 'names', 'name')} two models and "
            f"{agreeing(n, 'holds', 'hold')} the text of neither: {agreeing(n, 'it counts', 'they count')} for labels and "
            f"for how models stand, and no preference comes of {agreeing(n, 'it', 'them')}"
        )
    if n := usage.counted["implied_verdicts"]:
        yield (
            f"{name}: {counted(n, 'verdict')} {agreeing(n, 'follows', 'follow')} from a strength or probability alone: "
            "over 0 or 0.5 b is better, under it a"
        )
    if n := usage.counted["ranked_verdicts"]:
        follow = agreeing(n, "follows", "follow")
        yield f"{name}: {counted(n, 'verdict')} {follow} from a ranking alone: its first is better"
    if n := usage.counted["rated_verdicts"]:
        yield (
            f"{name}: {counted(n, 'verdict')} {agreeing(n, 'follows', 'follow')} from ratings alone: the higher sum is better; "
            "a rule of aggregate.combine may say otherwise"
        )
    if n := usage.counted["repeats"]:
        yield (
            f"{name}: {counted(n, 'judgment')} {agreeing(n, 'says', 'say')} again what the same annotator said of the same "
            f"comparison; {agreeing(n, 'it', 'each')} counts"
        )
    if n := usage.counted["stripped_names"]:
        names = counted(n, "name of an annotator", "names of annotators")
        yield f"{name}: white space round {names} was taken off"
    yield from (f"{name}: {line}" for line in _levels(source, usage))
    idle = [word for word in source.words if word not in usage.words]
    if idle and usage.words:
        yield f"{name}: verdicts that never occur: {', '.join(map(printable, idle))}"


def _levels(source: Source, usage: Usage) -> Iterator[str]:
    """Say where numbers that differ in strength become one verdict."""
    for side in ("a", "b"):
        levels = [w for w, v in source.words.items() if v == side and w in usage.words]
        if len(levels) > 1 and all(word.lstrip("+-").isdigit() for word in levels):
            yield (
                f"verdicts {', '.join(levels)} all become {side}, how much better is not read; "
                "a column with -3 (a is much better) to 3 may be mapped to strength"
            )
