"""Which folds rank recipes as hidden rows do."""
