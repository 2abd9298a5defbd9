"""One trial after another: proposing values, evaluating folds, pruning, worker processes."""
