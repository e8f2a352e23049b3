"""A shop's table codes as sheets of paper."""
