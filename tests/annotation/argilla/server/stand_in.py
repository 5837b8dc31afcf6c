"""Stands in for `inside.py` where a fault is to be injected: up in a moment, and failing where a file in its home says.

fault               what happens
prepare             the migration ends with an error
prepare disk full   it ends as SQLAlchemy does on a full disk
prepare killed      it is killed
prepare hangs       it writes its process id into `preparing`, and hangs
work                the worker ends with an error
serve               the server ends with an error
serve hangs         the server never answers
"""

import json
import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

home = Path(os.environ["ARGILLA_HOME_PATH"])
fault = (home / "fault").read_text() if (home / "fault").exists() else ""


def prepare() -> None:
    """Note which key opens the server."""
    wanted = json.load(sys.stdin)
    if fault == "prepare disk full":
        sys.exit(
            "sqlalchemy.exc.OperationalError: (sqlite3.OperationalError) database or disk is full\n"
            "(Background on this error at: https://sqlalche.me/e/20/e3q8)"
        )
    if fault == "prepare killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if fault == "prepare hangs":
        (home / "preparing").write_text(str(os.getpid()))
        time.sleep(600)
    (home / "argilla.db").touch()
    (home / "owner.json").write_text(json.dumps(wanted["accounts"][0]))


def work() -> None:
    """Write into the folder for temporary files, and say so."""
    folder = Path(os.environ["TMPDIR"])
    folder.mkdir(exist_ok=True)
    written = folder / f"job-{os.getpid()}"
    written.touch()
    (home / "working").write_text(str(written))
    (folder / f"worker-{os.getpid()}").touch()
    time.sleep(600)


class _Argilla(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        owner = json.loads((home / "owner.json").read_text())
        is_owner = self.headers.get("X-Argilla-Api-Key") == owner["api_key"]
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"username": owner["name"] if is_owner else ""}).encode())


if __name__ == "__main__":
    command = sys.argv[1]
    if fault == command:
        sys.exit(f"error: {command} was made to fail")
    if command == "prepare":
        prepare()
    elif command == "work":
        work()
    elif fault == "serve hangs":
        time.sleep(600)
    else:
        HTTPServer((sys.argv[2], int(sys.argv[3])), _Argilla).serve_forever()
