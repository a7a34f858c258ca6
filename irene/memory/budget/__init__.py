"""What loaded models may take of RAM and VRAM, and who gives way."""
