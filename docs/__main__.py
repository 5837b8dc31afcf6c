"""Write the pages that follow from the code: `python -m docs`."""

from winnow.flows.environment import quiet_libraries

quiet_libraries()

from docs.pages import PAGES  # noqa: E402  (libraries read the environment)

for path, page in PAGES.items():
    path.write_text(page(), encoding="utf-8")
    print(f"written: {path}")
