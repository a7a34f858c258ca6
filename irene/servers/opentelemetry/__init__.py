"""Sending the figures and span trees of an assistant to an OpenTelemetry collector."""
