"""How figures are told: tables in Markdown, and pages that a command writes."""
