"""How an object store is reached."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class PlaceSettings(BaseModel):
    """Settings that say where something lies."""

    # A refused value may hold a password, so pydantic must not repeat it.
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
    )


class S3Settings(PlaceSettings):
    """An object store that speaks S3.

    Keys come from the environment alone: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, where needed, AWS_SESSION_TOKEN.
    """

    endpoint: str | None = None
    """Host and port of the store, such as "minio.example:9000"; left out, Amazon's own."""

    region: str = "us-east-1"
    """Region of the bucket."""

    url_style: Literal["vhost", "path"] = "vhost"
    """Whether the bucket is named in the host or in the path; most stores but Amazon's want "path"."""

    use_ssl: bool = True
    """Whether to speak HTTPS."""
