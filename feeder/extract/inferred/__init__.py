"""What a page states by its form alone: repeated blocks and lines, each with a time of its own."""
