"""What is measured: one module a subject, each run by ``python -m benchmarks.<name>``, results printed."""
