"""What a database lacks of the schema, and the adding of it. Nothing is ever dropped."""
