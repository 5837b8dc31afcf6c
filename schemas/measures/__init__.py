"""How good annotators are, as SQL: asked of any votes by annotation, and offered by every warehouse as views."""

from winnow.schemas.measures.texts import MEASURES, measure_sql, view_sql

__all__ = ["MEASURES", "measure_sql", "view_sql"]
