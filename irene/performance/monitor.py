"""Measuring components by hand, under the names of its documentation."""

from irene.performance.watching.performance_monitor import ComponentType, PerformanceMonitor

__all__ = ["ComponentType", "PerformanceMonitor"]
