"""Options with which a process of irene starts in half the time."""

ONE_HANDLER = ("--set", 'intents.handlers=["time"]')
"""where it is not the understanding that is tested: to compile all sentences takes seconds"""
