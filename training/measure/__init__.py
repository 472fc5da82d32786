"""How good a model is: measures, recogniser, external evaluators, figures, cards and quality pages."""
