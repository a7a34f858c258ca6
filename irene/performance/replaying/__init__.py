"""Recorded sessions, repeated by the real assistant and compared with what happened then."""
