"""The conformance suites, one a family of plug-ins."""
