"""PostLoudly accounts: connect, list, sync and disconnect social media accounts."""

import gc

# Little of what we make hangs together in circles, and nothing that is imported is garbage: to look for some as often
# as Python does is some 3 % of a cold start and 1 % of a small sync. So nothing large may hang in one: an error that is
# raised out of a variable does, with its frame and the answer in it, unless the variable is emptied.
gc.set_threshold(50_000)
