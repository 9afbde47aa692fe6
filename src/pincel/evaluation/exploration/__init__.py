"""The exploration page: `pincel data explore`."""
