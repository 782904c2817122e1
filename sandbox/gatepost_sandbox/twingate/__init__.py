"""A stand-in for Twingate's API: its objects, its rules and its GraphQL surface."""
