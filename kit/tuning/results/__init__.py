"""The results of a study: progress, the best trial on the held-out fold, tables."""
