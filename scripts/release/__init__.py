"""A release: the functions' zips, their dependency layer, and the manifest that says what belongs together."""
