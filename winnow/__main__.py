"""`python -m winnow`: the command."""

from winnow.flows.__main__ import main

main()
