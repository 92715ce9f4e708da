"""Archive formats: pure readers of bytes, which know neither files nor object stores."""
