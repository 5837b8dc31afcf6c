"""Argilla on this machine, without Docker and without Elasticsearch."""

from winnow.annotation.argilla.server.accounts import Account, Credentials
from winnow.annotation.argilla.server.address import Address
from winnow.annotation.argilla.server.server import ArgillaServer
from winnow.annotation.argilla.server.status import Status

__all__ = ["Account", "Address", "ArgillaServer", "Credentials", "Status"]
