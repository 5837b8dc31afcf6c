"""The process of a temporary Prefect server, `python -m winnow.flows.prefect.process PORT`.

It reads Prefect's settings itself, so that whoever starts it need not have imported Prefect, which takes as long as half
of the server's start. Where they name an API it ends at once: that one serves. Its first line is the file that it logs
to, or why it cannot begin.
"""

import json
import os
import socket
import sys
from contextlib import ExitStack
from pathlib import Path

from winnow.flows.environment import quiet_libraries
from winnow.flows.prefect.home import new_log, only_starter
from winnow.schemas.errors import InvalidSettings
from winnow.schemas.importing import importing

_ENVIRONMENT = {
    "PREFECT_UI_ENABLED": "0",
    "PREFECT__SERVER_EPHEMERAL": "1",
    "PREFECT__SERVER_FINAL": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "0",
    # Our terminal is kept quiet; the server's log is to say what goes wrong.
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "WARNING",
}


def main(port: int) -> None:
    """Serve on a port of 127.0.0.1 until the process is told to end."""
    quiet_libraries()
    os.environ.update(_ENVIRONMENT)
    with importing():
        import prefect
        from prefect.settings import PREFECT_API_URL, PREFECT_HOME

    if PREFECT_API_URL.value():
        return
    with ExitStack() as held:
        try:
            held.enter_context(only_starter(PREFECT_HOME.value(), prefect.__version__))
            log = new_log(PREFECT_HOME.value())
        except InvalidSettings as error:
            _say(refused=str(error), facts=error.facts)
            return
        _say(log=str(log))
        _write_to(log)
        _serve(port, held)


def _say(**what: object) -> None:
    sys.stdout.write(f"{json.dumps(what)}\n")
    sys.stdout.flush()


def _write_to(log: Path) -> None:
    with log.open("ab") as file:
        os.dup2(file.fileno(), sys.stdout.fileno())
        os.dup2(file.fileno(), sys.stderr.fileno())


def _serve(port: int, until_started: ExitStack) -> None:
    with importing():
        import uvicorn
        from prefect.server.api.server import create_app

        application = create_app()

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                until_started.close()

    server = Server(uvicorn.Config(application, host="127.0.0.1", port=port, log_level="warning"))
    server.run()
    if not server.started:
        raise SystemExit(3)  # as uvicorn itself ends; whoever comes next finds no database made


if __name__ == "__main__":
    main(int(sys.argv[1]))
