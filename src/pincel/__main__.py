"""`python -m pincel` is the command `pincel`."""

from pincel.cli import main

if __name__ == "__main__":  # worker processes import this file
    main()
