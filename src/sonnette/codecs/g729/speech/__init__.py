"""Speech: the parts of G.729 Annex A that encoder and decoder are made of."""
