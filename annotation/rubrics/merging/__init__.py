"""How criteria that say the same become one, and which of many a rubric keeps."""
