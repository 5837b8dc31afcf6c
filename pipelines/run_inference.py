"""Beam's RunInference, without torch and scipy, which Beam imports for a manager of models that nothing here uses."""

import sys
from types import ModuleType

_MANAGER = "apache_beam.ml.inference.model_manager"

_unused = ModuleType(_MANAGER)
vars(_unused)["ModelManager"] = None  # as Beam has it where torch is not installed
sys.modules.setdefault(_MANAGER, _unused)

from apache_beam.ml.inference.base import ModelHandler, RunInference  # noqa: E402

if sys.modules.get(_MANAGER) is _unused:
    del sys.modules[_MANAGER]

__all__ = ["ModelHandler", "RunInference"]
