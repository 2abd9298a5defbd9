"""From a recipe to its tasks, before anything is fitted: stages, row splits, tasks with their content keys, costs."""
