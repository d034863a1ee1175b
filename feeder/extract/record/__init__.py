"""What one record says: headline, byline, body, pictures."""
