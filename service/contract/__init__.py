"""The fields of requests and answers; pydantic alone, without HTTP and without computing."""
