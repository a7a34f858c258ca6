"""Numbers, times and dates in words that voices read well."""
