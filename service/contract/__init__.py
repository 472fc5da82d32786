"""What requests and replies hold; pydantic alone, so that it can be read without HTTP or sound."""
