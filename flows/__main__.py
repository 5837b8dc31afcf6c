"""`winnow`, also as `python -m flows`: sees to signals before any other module is read."""

from flows.stopping import stoppable
from schemas.importing import importing


def main() -> None:
    """Run the command that the command line names."""
    with stoppable():
        with importing():
            from flows import cli

        cli.main()


if __name__ == "__main__":
    main()
