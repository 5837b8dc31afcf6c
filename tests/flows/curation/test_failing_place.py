"""A run whose place fails in the middle."""

from uuid import uuid4

import pytest

from tests.warehouse.store_proxy import store_proxy
from winnow.flows.curation.state import RunFolder
from winnow.schemas.errors import InvalidSettings
from winnow.warehouse.places.at import place_at
from winnow.warehouse.settings import S3Settings

pytestmark = pytest.mark.server


def test_what_tells_how_far_a_run_is_leaves_it_to_the_stages_to_stop(s3: S3Settings) -> None:
    with store_proxy(s3) as proxy:
        folder = RunFolder(place_at(f"s3://winnow/{uuid4().hex}", proxy.settings), "run")
        with folder.hold("birds"):
            proxy.mood = "forbids"
            folder._try_beat()
            with pytest.raises(InvalidSettings, match="may not be used with the keys"):
                folder.update("label")
            proxy.mood = "well"
            folder.update("sample", 2, 2)
            state = folder.state()
        assert state is not None and (state.stage, state.n_done) == ("sample", 2)
