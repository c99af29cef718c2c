"""The database: SQLAlchemy Core tables and one small class per noun; the schema stands in migrations/."""
