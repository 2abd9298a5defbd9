"""What a study found: progress, the best trial on the held-out fold, tables and figures."""
