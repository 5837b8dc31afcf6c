"""How long something takes, as people read it."""


def duration(seconds: float) -> str:
    """Write a duration with the unit that reads best."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 120:
        return f"{seconds:.1f} s"
    return rough_duration(seconds)


def rough_duration(seconds: float) -> str:
    """Write a duration that nobody knows to a tenth of a second."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
