"""Argilla on this machine, without Docker and without Elasticsearch."""

from winnow.annotation.queues.server.accounts import Account, Credentials
from winnow.annotation.queues.server.address import Address, team_address
from winnow.annotation.queues.server.server import ArgillaServer
from winnow.annotation.queues.server.status import Status

__all__ = ["Account", "Address", "ArgillaServer", "Credentials", "Status", "team_address"]
