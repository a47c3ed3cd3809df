"""The background: voice activity, descriptions of silence, comfort noise (G.729 Annex B)."""
