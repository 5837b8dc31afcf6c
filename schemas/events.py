"""Events: when two rows that say the same are one judgment, noted twice."""

from typing import Any


def event_of(own_id: Any, time: Any) -> str | None:
    """Return what tells one casting of a vote from another: the file's own id of it, else when it was cast.

    Rows of one annotator that say the same of the same are one judgment where this is the same, and votes of their own
    where it differs or is None: nothing then shows that a vote was not cast twice.
    """
    event = own_id if own_id not in (None, "") else time
    return None if event in (None, "") else str(event)
