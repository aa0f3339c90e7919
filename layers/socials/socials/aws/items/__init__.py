"""Models to table items and back, by noun. Items here are plain Python values; `attributes` gives them DynamoDB's form.

Times are epoch seconds, so that conditions can compare them; None is left out.
"""
