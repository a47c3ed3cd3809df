"""Who is let to speak at all: rates, bans, guesses at passwords."""
