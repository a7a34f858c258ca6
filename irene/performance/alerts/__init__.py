"""Rules about what is measured: raised when it has been wrong for long enough, and cleared."""
