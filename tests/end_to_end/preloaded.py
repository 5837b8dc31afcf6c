"""What a run of the command imports: read once, by the process that runs are forked from."""

from winnow.flows.environment import quiet_libraries

quiet_libraries()

import apache_beam.ml.inference.base  # noqa: E402
import apache_beam.runners.portability.fn_api_runner  # noqa: E402, F401
import great_expectations  # noqa: E402, F401
import prefect.server.api.server  # noqa: E402, F401

import winnow.flows.commands.cli  # noqa: E402
import winnow.flows.curation.run  # noqa: E402
import winnow.pipelines.asking.handler  # noqa: E402
import winnow.pipelines.inference.openai_engine  # noqa: E402, F401
