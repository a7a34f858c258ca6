"""How many streams one machine hears: processor time, delays, words that are missed."""
