"""What is made of each difference between a database and the schema: a step, a refusal, a word."""
