"""Parts for testing plugins: scripted providers, signals, contract checks."""
