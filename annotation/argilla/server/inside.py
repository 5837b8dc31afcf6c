"""What runs inside the Argilla server's environment, started by its Python and not by ours.

    python inside.py prepare     migrate the database, make accounts (read as JSON from standard input)
    python inside.py serve HOST PORT
    python inside.py work        do background jobs

It must not import Winnow, whose pydantic is too new for argilla-server.
"""

import asyncio
import importlib
import importlib.util
import json
import os
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

SEARCH = Path(__file__).parents[1] / "search"


def _search_engine(module: str) -> ModuleType:
    """Load a module of Winnow's search engine, under a package name that cannot meet another's."""
    if "winnow_search" not in sys.modules:
        spec = ModuleSpec("winnow_search", loader=None, is_package=True)
        spec.submodule_search_locations = [str(SEARCH)]
        sys.modules["winnow_search"] = importlib.util.module_from_spec(spec)
    return importlib.import_module(f"winnow_search.{module}")


def prepare() -> None:
    """Bring the database to the newest layout, and its accounts in step with those on standard input."""
    wanted = json.load(sys.stdin)
    importlib.import_module("migrating").migrate()  # this script's folder is on the path
    _arrange_tables()
    asyncio.run(_ensure_accounts(wanted))


def _arrange_tables() -> None:
    """Add the search engine's indexes; let SQLite's readers and its writer work side by side from now on."""
    from argilla_server.database import sync_engine

    indexes = _search_engine("indexes")
    with sync_engine.begin() as connection:
        indexes.ensure_indexes(connection)
    if sync_engine.dialect.name == "sqlite":
        with sync_engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")


async def _ensure_accounts(wanted: dict[str, Any]) -> None:
    from argilla_server.contexts import accounts
    from argilla_server.database import AsyncSessionLocal
    from argilla_server.models import Workspace

    async with AsyncSessionLocal() as session:
        name = wanted["workspace"]
        workspace = await Workspace.get_by(session, name=name)
        workspace = workspace or await accounts.create_workspace(session, {"name": name})
        for account in wanted["accounts"]:
            await _ensure_account(session, account, workspace)
        await session.commit()


async def _ensure_account(session: Any, account: dict[str, str], workspace: Any) -> None:
    from argilla_server.contexts import accounts
    from argilla_server.models import User, UserRole, WorkspaceUser

    user = await User.get_by(session, username=account["name"])
    if user is None:
        user = User(
            first_name=account["name"],
            username=account["name"],
            role=UserRole(account["role"]),
            password_hash=accounts.hash_password(account["password"]),
            api_key=account["api_key"],
        )
        await user.save(session, autocommit=False)
    elif user.api_key != account["api_key"]:
        user.last_name = None  # where it stood that the account is removed
        user.api_key = account["api_key"]
        user.password_hash = accounts.hash_password(account["password"])
    if not await WorkspaceUser.get_by(session, workspace_id=workspace.id, user_id=user.id):
        await WorkspaceUser.create(
            session, workspace_id=workspace.id, user_id=user.id, autocommit=False
        )


def serve(host: str, port: int) -> None:
    """Serve the page and the API until told to end."""
    import uvicorn

    _search_engine("engine")
    importlib.import_module("connections").make_room()
    from argilla_server import app
    from argilla_server.api.routes import api_v1

    attempts = importlib.import_module("login_attempts").LoginAttempts()
    importlib.import_module("guarded_routes").guard(api_v1, attempts)
    importlib.import_module("wanted_answers").want_every_criterion()
    importlib.import_module("answer_caps").hold_caps()
    importlib.import_module("page_additions").add_to_pages(app)
    kept_to_itself = importlib.import_module("browser_policy").kept_to_itself
    uvicorn.run(kept_to_itself(app), host=host, port=port, access_log=False)


def work() -> None:
    """Do background jobs until told to end."""
    from argilla_server.jobs.queues import DEFAULT_QUEUE, HIGH_QUEUE, REDIS_CONNECTION
    from rq import Worker

    _search_engine("engine")
    REDIS_CONNECTION.ping()
    Path(os.environ["TMPDIR"], f"worker-{os.getpid()}").touch()  # `parts.py` waits for it
    Worker([HIGH_QUEUE, DEFAULT_QUEUE], connection=REDIS_CONNECTION).work(logging_level="WARNING")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["prepare"]:
            prepare()
        case ["serve", host, port]:
            serve(host, int(port))
        case ["work"]:
            work()
        case other:
            sys.exit(f"{other} is none of prepare, serve HOST PORT, work")
