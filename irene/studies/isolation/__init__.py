"""What it costs, and what it brings, to run providers in processes of their own."""
