-- By pair of people: how often both gave the same verdict on an item that both judged.
SELECT annotator, other, hits, n, hits / n AS share FROM release_pairs WHERE release = $release
