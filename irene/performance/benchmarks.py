"""Benchmarks of whatever a program can call, under the names of their documentation."""

from irene.performance.benchmark.suite import BenchmarkResult, BenchmarkSuite

__all__ = ["BenchmarkResult", "BenchmarkSuite"]
