"""What an operator runs: registrar, proxy and the services around them."""
