"""The training loop that all networks share: losses, optimizers, schedules, early stopping, devices, checkpoints."""
