from winnow.schemas import errors


def test_a_stage_is_tried_again_only_for_what_passes_soon_and_was_not_waited_for() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    retried = {kind.__name__ for kind in kinds if issubclass(kind, errors.TransientError)}
    assert retried == {"TransientError", "PublishConflict", "WarehouseBusy", "ArgillaUnavailable"}
