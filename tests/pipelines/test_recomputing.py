from pathlib import Path

from tests.pipelines.judged import compute, judged_run, recompute_from
from tests.pipelines.toy import RUN
from winnow.pipelines.recomputing import NEEDED
from winnow.schemas.labels import Label
from winnow.schemas.preferences import Preference
from winnow.warehouse.staging import Staging


def test_stored_judgments_give_the_same_preferences_without_any_engine(tmp_path: Path) -> None:
    staging, again = judged_run(tmp_path / "run", 8), Staging(tmp_path / "again")
    compute(staging, RUN)
    tables = {record: staging.read(record) for record in NEEDED}
    counts = recompute_from(tables, again, RUN, "preferences@1")
    assert [(c.stage, c.n_in, c.n_out) for c in counts] == [
        ("aggregate", 8, 8),
        ("keep", 8, 8),
        ("assemble", 8, 8),
    ]
    assert again.n_rows(Preference) == 8
    assert again.read(Preference).equals(staging.read(Preference))
    assert again.read(Label).equals(staging.read(Label))
