"""The directory's forms, a module a noun."""
