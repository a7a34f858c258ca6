"""What the framework adds to a call: telemetry, keeping figures, the router."""
