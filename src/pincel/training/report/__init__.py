"""The training report: `pincel report RUN`."""
