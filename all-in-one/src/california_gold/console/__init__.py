"""The browser console: its built files, and the routes that serve them."""
