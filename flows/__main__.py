"""`winnow`, also as `python -m flows`: sees to signals before any other module is read."""

from flows.stopping import stoppable


def main() -> None:
    """Run the command that the command line names."""
    with stoppable():
        from flows import cli

        cli.main()


if __name__ == "__main__":
    main()
