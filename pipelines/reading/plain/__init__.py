"""Plain rows: those whose every column has the plain form, read many at once; all others are read one by one."""
