"""Pure rules about what the directory shows, a module a noun: plain values in, objections or answers out."""
