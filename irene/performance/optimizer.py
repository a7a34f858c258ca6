"""Optimising from a program, under the name of its documentation."""

from irene.performance.optimising.resource_optimizer import ResourceOptimizer

__all__ = ["ResourceOptimizer"]
