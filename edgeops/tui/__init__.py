"""The full-screen app: incidents, their explanations and the logs, on one keyboard."""
