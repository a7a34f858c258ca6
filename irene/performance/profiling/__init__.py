"""Profiling: where the time of a real workload goes, by component, thread, task and function."""
