"""A small site with accounts: sign up, sign in, see your sessions and end them."""
