"""What the services ask of the outside: one protocol a store, no driver."""
