"""Check the whole house, from the root of the repository: `python -m checks`."""

import sys
from pathlib import Path

from checks.class_names import classes_of, found_twice

FOLDERS = ("schemas", "warehouse", "annotation", "pipelines", "reports", "flows")

problems = found_twice(classes_of(map(Path, FOLDERS)))
print("\n".join(problems) or "Success: every class has a name of its own")
sys.exit(1 if problems else 0)
