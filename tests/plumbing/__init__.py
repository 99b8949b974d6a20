"""What the suite stands on: databases, browsers, servers. No test of the product lives here."""
