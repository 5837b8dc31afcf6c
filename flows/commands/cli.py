"""The `winnow` command."""

import sys

import typer

from winnow.flows.environment import quiet_libraries

quiet_libraries()

from winnow.flows.commands import (  # noqa: E402  (libraries read the environment)
    argilla,
    evaluate,
    labels,
    people,
    probe,
    queues,
    releases,
    rounds,
    rubrics,
    runs,
)
from winnow.flows.commands.system_errors import told  # noqa: E402
from winnow.flows.redacting import redact_output  # noqa: E402
from winnow.schemas.errors import CurationError  # noqa: E402
from winnow.schemas.printable import printable  # noqa: E402

app = typer.Typer(
    help="Curate preference data that a team can trust.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
runs.mount(app)
releases.mount(app)
labels.mount(app)
evaluate.mount(app)
probe.mount(app)
rounds.mount(app)
queues.mount(argilla.app)
argilla.app.add_typer(people.app, name="people")
app.add_typer(argilla.app, name="annotate")
app.add_typer(rubrics.app, name="rubrics")


def main() -> None:
    """Run the command; errors raised on purpose are printed without a traceback, status 1."""
    redact_output()
    try:
        app()
    except CurationError as error:
        sys.exit(printable(f"winnow: {error}"))
    except OSError as error:
        if (reason := told(error)) is None:
            raise
        sys.exit(printable(f"winnow: {reason}"))
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] == "winnow":
            raise
        sys.exit(
            f"winnow: this needs the package {error.name}, which the base install leaves out; "
            "pip install 'winnow[run]', and winnow doctor says what else is missing"
        )
