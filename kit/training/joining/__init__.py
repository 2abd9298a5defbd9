"""From the predictions of single tasks to one prediction: repeats, blends, what a stage hands on, a saved run."""
