"""The resampling slot: streams and clips on their way to another rate, layout or sample format."""
