"""From a measured adapter to a signed release, through the gate, into service, and back: manifest, card, gate, shelf."""
