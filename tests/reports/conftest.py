"""An empty warehouse and a staged toy run, as the tests of the warehouse have them."""

from tests.warehouse.conftest import settings, staging, warehouse

__all__ = ["settings", "staging", "warehouse"]
