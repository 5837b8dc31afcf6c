"""What is asked of models in bulk: requests as Parquet shards, answered by a Beam job, read shard by shard."""
