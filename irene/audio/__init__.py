"""Samples: levels, gates, histories, windows, conversion and the plan that joins them."""
