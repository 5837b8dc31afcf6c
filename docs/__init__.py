"""The pages that follow from the code; `python -m docs` writes them."""
