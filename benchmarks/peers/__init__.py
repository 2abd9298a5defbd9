"""What a user would pick instead of the kit: other libraries on the same folds, each in an environment of its own."""
