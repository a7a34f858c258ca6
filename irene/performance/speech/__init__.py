"""What was really said: recordings with their texts, and errors of words."""
