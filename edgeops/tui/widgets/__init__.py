"""What the screens are made of. All of it draws text through `edgeops.tui.paint`, which lets nothing through but text."""
