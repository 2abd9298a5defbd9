"""Builders of statistics of the training targets by category: means, profiles, leave-one-out and target encoding."""
