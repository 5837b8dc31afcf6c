"""Which pages follow from the code, and what makes each."""

from collections.abc import Callable
from pathlib import Path

from docs.settings_page import settings_page
from docs.speed_plot import speed_plot

PAGES: dict[Path, Callable[[], str]] = {
    Path(__file__).parent / "settings.md": settings_page,
    Path(__file__).parent / "speed.svg": speed_plot,
}
"""By the file that it is written to."""
