"""`python -m pincel` is the command `pincel`."""

from pincel.cli import main

main()
