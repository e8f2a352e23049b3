"""`scripts/deploy`: put a release on the platform, look at what is there, take it back."""
