"""Keeping the assistant from hearing itself: what the loudspeaker plays leaves the microphone."""
