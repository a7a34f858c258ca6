"""How figures are published: tables in Markdown, and pages that a command writes into."""
