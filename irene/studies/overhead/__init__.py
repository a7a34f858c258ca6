"""What measuring adds to a call and a run: telemetry, keeping, profiling; and the router."""
