-- Krippendorff's alpha of the release.
SELECT * EXCLUDE (release) FROM release_alphas WHERE release = $release
