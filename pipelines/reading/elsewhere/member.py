"""A process that reads ranges for another one: `python -m winnow.pipelines.reading.elsewhere.member FD`.

Through a connection it is given a reader, then ranges; for each it answers with what the reader makes of its rows.
"""

import pickle
import sys
from multiprocessing.connection import Connection

from winnow.pipelines.reading.elsewhere.answers import answer_of


def main() -> None:
    """Answer until nobody asks."""
    with Connection(int(sys.argv[1])) as connection:
        try:
            reader = pickle.loads(connection.recv_bytes())
            while True:
                connection.send_bytes(answer_of(reader, connection.recv()))
        except (EOFError, ConnectionError):
            return


if __name__ == "__main__":
    main()
