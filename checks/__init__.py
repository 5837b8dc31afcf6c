"""What the house asks of its own code beyond what ruff, mypy and import-linter look at: `python -m checks`."""
