"""The label that everything leaving the program carries."""

LABEL = "Illustrative, not predictive"

SENTENCE = f"{LABEL}: a toy model that shows how mechanisms interact, not what will happen."
