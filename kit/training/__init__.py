"""From a recipe and a competition to a finished run: plan, tasks, engine, run directory, evaluation."""
