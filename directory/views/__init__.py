"""The directory's pages, a module a noun."""
