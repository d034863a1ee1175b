"""What the configuration says of a page: selectors (CSS) and paths (JMESPath)."""
