-- By person: verdicts, gold named, verdicts repeated, the response shown first taken, seconds an item, and by week how
-- often the verdict was that of the others.
SELECT * EXCLUDE (release) FROM release_people WHERE release = $release
