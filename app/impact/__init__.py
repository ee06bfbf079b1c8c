"""Impact: who gains and who loses what, if policies or people's facts were others."""
