"""Letting Prometheus read the figures of a running assistant."""
