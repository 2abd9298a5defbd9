"""Several recipes on the same folds: who takes part, one table, paired differences."""
