"""Which pages follow from the code, and what makes each."""

from collections.abc import Callable
from pathlib import Path

from docs.settings_page import settings_page

PAGES: dict[Path, Callable[[], str]] = {
    Path(__file__).parent / "settings.md": settings_page,
}
"""By the file that it is written to."""
