"""One task: its features, its target transform, its model, what a fold chooses; and the engine that runs many."""
