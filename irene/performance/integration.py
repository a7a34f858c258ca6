"""Everything about performance in one object, under the names of its documentation."""

from irene.performance.watching.performance_integration import (
    PerformanceIntegration,
    monitor_component_performance,
)

__all__ = ["PerformanceIntegration", "monitor_component_performance"]
