"""The write side: commands become events of an aggregate, in one append."""
