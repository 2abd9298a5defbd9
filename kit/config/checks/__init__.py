"""What must hold of a recipe before the first fit, each mistake at file and line."""
