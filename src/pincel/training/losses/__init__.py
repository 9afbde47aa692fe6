"""What the networks are trained for. Each loss is a row of `pincel.training.losses.table` and a function beside it."""
