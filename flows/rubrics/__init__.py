"""What people do with rubrics by themselves: bring them in, look at them, edit them, have them derived and proven."""
