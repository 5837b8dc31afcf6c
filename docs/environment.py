"""The environment variables that Winnow reads, beside those that override settings."""

from typing import NamedTuple


class Variable(NamedTuple):
    """One environment variable."""

    name: str
    meaning: str
    example: str


VARIABLES = (
    Variable(
        "WINNOW_PSEUDONYM_KEY",
        "Secret by which `winnow annotate pull` turns names of accounts into pseudonyms; set it before the first pull.",
        "a long random text",
    ),
    Variable(
        "WINNOW_ARGILLA_ENV",
        "Folder of the Python environment of the Argilla server that `winnow annotate up` starts; without it, in the warehouse.",
        "/opt/argilla",
    ),
    Variable(
        "ARGILLA_API_URL",
        "Address of an Argilla of your own, in place of the one that `winnow annotate up` starts.",
        "https://argilla.example",
    ),
    Variable("ARGILLA_API_KEY", "Key of an owner's or admin's account there.", "the key"),
    Variable("ARGILLA_WORKSPACE", "Workspace there, for keys that see only one.", "team"),
    Variable(
        "ARGILLA_DATABASE_URL",
        "Database of the Argilla server that `winnow annotate up` starts, in place of SQLite.",
        "postgresql+asyncpg://user@host/argilla",
    ),
    Variable(
        "ARGILLA_REDIS_URL",
        "Redis for that server, in place of one that Winnow starts.",
        "redis://host:6379/0",
    ),
    Variable(
        "AWS_ACCESS_KEY_ID",
        "Key of the object store of `warehouse.place` or `warehouse.data_path`.",
        "the key's id",
    ),
    Variable("AWS_SECRET_ACCESS_KEY", "Its secret.", "the secret"),
    Variable("AWS_SESSION_TOKEN", "Its session token, where the store wants one.", "the token"),
    Variable("PGPASSWORD", "Password of the PostgreSQL catalog.", "the password"),
    Variable(
        "PREFECT_API_URL",
        "Prefect server on which every run and stage is shown; without it a run starts a temporary one.",
        "http://prefect.example:4200/api",
    ),
    Variable(
        "PREFECT_HOME",
        "Folder of Prefect's settings and database; without it, `~/.prefect`.",
        "/data/prefect",
    ),
    Variable("HF_TOKEN", "Key of the Hugging Face hub, for gated models and data sets.", "the key"),
    Variable(
        "HF_TOKEN_PATH",
        "File that holds that key; without it, `token` in HF_HOME.",
        "/run/secrets/hf",
    ),
    Variable("HF_HOME", "Folder in which the hub's library caches downloads.", "/data/hf"),
    Variable(
        "HF_ENDPOINT",
        "Address of a mirror of the hub, in place of huggingface.co.",
        "https://hub.example",
    ),
    Variable(
        "HTTP_PROXY",
        "Proxy for http addresses; never used for this machine itself.",
        "http://proxy:3128",
    ),
    Variable("HTTPS_PROXY", "Proxy for https addresses.", "http://proxy:3128"),
    Variable("ALL_PROXY", "Proxy for both, where they name none.", "http://proxy:3128"),
    Variable("NO_PROXY", "Hosts that are asked without a proxy.", "localhost,gpu1"),
)
"""Each with its meaning and an example; API keys of models stand in variables that `api_key_env` names."""
