"""A search engine for Argilla that answers from Argilla's own database, so that Elasticsearch need not run.

Loaded inside the server's environment (`annotation/argilla/server/inside.py`); it imports nothing else of Winnow.
Orders, totals and pages are those of Argilla's Elasticsearch engine, whose documents are read off the tables here.
"""
