"""Timers, alarms and reminders: what is due at a time."""
