"""The report of `pincel explain`."""
