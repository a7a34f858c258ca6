"""What the commands that speak, play and list devices run and print."""
