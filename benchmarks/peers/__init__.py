"""The contestants of the training races: each a class that gets a `Work`, and starts it anew each turn.

`start()` brings the model back to the work's theta and returns what is timed; that returns the theta where
training ended. scikit-learn's, PyTorch's and JAX's layers are (inputs, units) or (units, inputs): the
crossing to and from theta is untimed where it costs anything.
"""
