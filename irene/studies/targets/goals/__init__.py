"""Goals, by what they are about and who set them."""
