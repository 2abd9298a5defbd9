"""The parameter names that boosting libraries accept, since they swallow unknown ones."""
