"""Audio codecs: one package a codec, and the registry that finds them by name."""
