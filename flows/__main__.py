"""`winnow`, also as `python -m winnow`: sees to signals before any other module is read."""

from winnow.flows.stopping import stoppable
from winnow.schemas.importing import importing


def main() -> None:
    """Run the command that the command line names."""
    with stoppable():
        with importing():
            from winnow.flows.commands import cli

        cli.main()


if __name__ == "__main__":
    main()
