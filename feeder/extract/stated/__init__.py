"""What a page says for machines: JSON-LD, microdata, microformats, AMP, feeds, JSON."""
