"""One module a migration; none imports the product's models, which move on."""
