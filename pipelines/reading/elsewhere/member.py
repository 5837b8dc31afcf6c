"""A process that reads ranges for another one: `python -m winnow.pipelines.reading.elsewhere.member FD`.

Through a connection it is given a reader, then ranges; for each it answers with what the reader makes of its rows.
"""

import pickle
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from multiprocessing.connection import Connection
from types import ModuleType

from winnow.pipelines.collecting import without_collector
from winnow.pipelines.reading.elsewhere.answers import answer_of


class WithoutPandas(MetaPathFinder):
    """Hides pandas, which Arrow else imports with its first array, in the time that reading a range takes."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> None:
        """Find nothing, and have nobody else find pandas.

        Raises:
            ImportError: It is pandas that is looked for.
        """
        if name == "pandas":
            raise ImportError("pandas is not wanted here")


def main() -> None:
    """Answer until nobody asks."""
    with Connection(int(sys.argv[1])) as connection, without_collector() as collect:
        try:
            reader = pickle.loads(connection.recv_bytes())
            while True:
                connection.send_bytes(answer_of(reader, connection.recv()))
                collect()
        except (EOFError, ConnectionError):
            return


if __name__ == "__main__":
    sys.meta_path.insert(0, WithoutPandas())
    main()
