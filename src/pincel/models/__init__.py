"""Generators, discriminators and their pieces. Constructors take numbers, never paths; `training` loads weights."""
